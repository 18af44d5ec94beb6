using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>The fleet's configuration as the directory would have brought it, and the connections that follow it.</summary>
internal sealed class StandInFleet : IDisposable
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    private int version;

    public StandInFleet(string? kubeconfig = null, TimeProvider? time = null)
    {
        var options = Options.Create(new MemberOptions { KubeConfig = kubeconfig, Namespace = "controlplane-system" });
        Clusters = new(time ?? TimeProvider.System);
        Secrets = new(options, time ?? TimeProvider.System);
        Connections = new(options, Clusters, Secrets, time ?? TimeProvider.System);
    }

    public MemberClusters Clusters { get; }

    public MemberSecrets Secrets { get; }

    public MemberConnections Connections { get; }

    /// <summary>The first lists are complete.</summary>
    public StandInFleet Synced()
    {
        Clusters.Listed(Clusters, 0);
        Secrets.Listed(Secrets, 0);
        return this;
    }

    public Task MemberAsync(string name, string server, JsonObject? more = null, JsonObject? status = null)
    {
        var spec = new JsonObject { ["secretName"] = "member-" + name, ["server"] = server };
        foreach (var (field, value) in more ?? [])
            spec[field] = value?.DeepClone();
        return PutAsync(Clusters, "", name, new() { ["spec"] = spec, ["status"] = status });
    }

    public Task SecretAsync(string member, string token) => PutAsync(
        Secrets, "controlplane-system", "member-" + member, new() { ["data"] = new JsonObject { ["token"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(token)) } });

    public Task RemoveMemberAsync(string name) => Clusters.HandleAsync(new() { Member = Local, Namespace = "", Name = name, Uid = "u-" + name }, default);

    public Task RemoveSecretAsync(string member) => Secrets.HandleAsync(new() { Member = Local, Namespace = "controlplane-system", Name = "member-" + member, Uid = "u-member-" + member }, default);

    public void Dispose() => Connections.Dispose();

    private Task PutAsync<TSpec>(FleetKind<TSpec> kind, string @namespace, string name, JsonObject document)
        where TSpec : class
    {
        document["metadata"] = new JsonObject { ["name"] = name, ["namespace"] = @namespace, ["uid"] = "u-" + name, ["resourceVersion"] = $"{++version}", ["generation"] = version };
        var header = ResourceHeader.Read(Documents.Element(document))!;
        return kind.HandleAsync(
            new() { Member = Local, Namespace = @namespace, Name = name, Uid = header.Uid, Resource = new SeenResource(header, Encoding.UTF8.GetBytes(document.ToJsonString())) }, default);
    }
}
