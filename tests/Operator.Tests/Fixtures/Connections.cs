using ControlPlane.Operator.Members;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>Connections for tests.</summary>
internal static class Connections
{
    /// <summary>Of a plane with no member but its own.</summary>
    public static MemberConnections Of(string? kubeconfig)
    {
        var options = Options.Create(new MemberOptions { KubeConfig = kubeconfig });
        return new(options, new(TimeProvider.System), new(options, TimeProvider.System), TimeProvider.System);
    }

    /// <summary>The same, at a stand-in API server; the file lies in a folder of the caller's.</summary>
    public static MemberConnections At(string address, DirectoryInfo folder) => Of(Write(address, folder));

    /// <summary>A kubeconfig that leads to an address, without a credential.</summary>
    public static string Write(string address, DirectoryInfo folder)
    {
        var file = Path.Combine(folder.FullName, "kubeconfig");
        File.WriteAllText(file, $$"""
            apiVersion: v1
            kind: Config
            clusters: [{ name: c, cluster: { server: "{{address}}" } }]
            users: [{ name: u, user: { token: none } }]
            contexts: [{ name: x, context: { cluster: c, user: u } }]
            current-context: x
            """);
        return file;
    }
}
