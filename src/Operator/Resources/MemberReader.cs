using System.Text.Json;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Members;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads a <c>MemberCluster</c>. Pure.</summary>
internal static class MemberReader
{
    private const long MostApiCalls = 256;

    private static readonly string[] OfKubeconfig = ["key", "context"];

    public static SpecReading<MemberClusterSpec> Read(ResourceHeader header, JsonElement document, ICollection<string>? asked = null)
    {
        var faults = new FaultList { Asked = asked };
        if (NameObjection(header.Name) is { } objection)
            faults.Add("metadata.name", JsonSerializer.SerializeToElement(header.Name), objection);
        if (new FieldReader(document, "", "", faults).RequiredSection("spec") is not { } spec)
            return SpecReading<MemberClusterSpec>.Of(header, faults, () => throw new InvalidOperationException("A resource without a spec has a fault."));

        var secret = spec.Required("secretName", FieldChecks.Subdomain);
        var key = spec.Text("key", FieldChecks.SecretKey);
        var context = spec.Text("context", text => text.Length is > 0 and <= 253 ? null : "is no name of a context; use 1 to 253 characters");
        var server = spec.Text("server", MemberCredentials.ServerObjection);
        var name = spec.Text("tlsServerName", FieldChecks.Subdomain);
        var suspended = spec.Flag("suspended") ?? false;
        var calls = spec.Number("apiCalls", 1, MostApiCalls);
        if (spec.Has("server"))
        {
            foreach (var field in OfKubeconfig.Where(spec.Has))
                spec.Add(field, "has no effect beside server, with which the Secret holds no kubeconfig; remove one of the two");
        }
        else if (spec.Has("tlsServerName"))
        {
            spec.Add("tlsServerName", "has no effect without server; a kubeconfig has tls-server-name of its own");
        }

        spec.Close();
        return SpecReading<MemberClusterSpec>.Of(header, faults, () => new()
        {
            SecretName = secret!,
            Key = key ?? MemberClusterSpec.DefaultKey,
            Context = context,
            Server = server,
            TlsServerName = name,
            Suspended = suspended,
            ApiCalls = (int?)calls,
            ClusterId = MemberStatusDocument.ReadClusterId(document),
            Connected = MemberStatusDocument.ReadConnected(document),
        });
    }

    /// <summary>Why a name cannot be a member's; null when it can.</summary>
    public static string? NameObjection(string name) =>
        name == MemberKey.Local ? "is the Kubernetes cluster where the plane runs, which is there by itself; use another name"
        : Rfc1123.IsLabel(name) ? null : FieldChecks.Label(name);
}
