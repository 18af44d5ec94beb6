using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace ControlPlane.Operator.Workloads;

/// <summary>
/// The Secret of a cluster's agents. The plane may create and replace Secrets and cannot read any: not even by a patch, whose answer
/// shows the whole Secret. So what was written is remembered here, with the version it got, and written once more after a restart, or when
/// somebody else, such as another silo that knew fewer keys, wrote after it.
/// </summary>
internal sealed class AgentSecrets(ApiCalls api, Authority authority, TicketOffice tickets, TimeProvider time)
{
    // How soon a Secret that somebody deleted is back.
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(10);

    private readonly ConcurrentDictionary<(ClusterKey Cluster, string Uid), Written> known = new();

    public async Task EnsureAsync(ClusterKey cluster, string uid, CancellationToken cancellationToken)
    {
        var (now, keys) = (time.GetUtcNow(), Keys());
        var current = known.TryGetValue((cluster, uid), out var written) && written.Keys == keys && now < written.RenewAfter;
        if (current && now < written!.Looked + LookAgainAfter)
            return;
        if (current && await IsAsWrittenAsync(cluster, written!, cancellationToken))
        {
            known[(cluster, uid)] = written! with { Looked = now };
            return;
        }
        var certificate = authority.Issue(AgentApi.ServerName(AgentPlace.Of(cluster.Member, cluster.Namespace), cluster.Name));
        var secret = Build(cluster, uid, certificate);
        var stored = await api.RunAsync(
            cluster.Member, (client, token) => client.CoreV1.CreateNamespacedSecretAsync(secret, cluster.Namespace, cancellationToken: token).OrPresentAsync(), cancellationToken)
            ?? await api.RunAsync(cluster.Member, (client, token) => client.CoreV1.ReplaceNamespacedSecretAsync(secret, secret.Name(), cluster.Namespace, cancellationToken: token), cancellationToken);
        known[(cluster, uid)] = new(keys, certificate.RenewAfter, now, stored.Metadata.ResourceVersion);
    }

    /// <summary>Forgets a cluster that is gone; its Secret goes with the resource.</summary>
    public void Forget(ClusterKey cluster, string uid) => known.TryRemove((cluster, uid), out _);

    // Reading is not allowed. A replacement that is only tried, and only of the version that was written here, says the same: it is accepted,
    // or the Secret is another by now, or gone.
    private async Task<bool> IsAsWrittenAsync(ClusterKey cluster, Written written, CancellationToken cancellationToken)
    {
        var probe = new V1Secret { Metadata = new() { Name = Sidecar.AgentSecret(cluster.Name), NamespaceProperty = cluster.Namespace, ResourceVersion = written.Version }, Type = "Opaque" };
        try
        {
            await api.RunAsync(
                cluster.Member, (client, token) => client.CoreV1.ReplaceNamespacedSecretAsync(probe, probe.Name(), cluster.Namespace, dryRun: "All", cancellationToken: token), cancellationToken);
            return true;
        }
        catch (HttpOperationException refusal) when (refusal.IsConflict() || refusal.IsMissing())
        {
            return false;
        }
    }

    private string Keys() => authority.Issuer + Convert.ToHexString(SHA256.HashData(Encoding.ASCII.GetBytes(tickets.PublicKeys)));

    private V1Secret Build(ClusterKey cluster, string uid, AgentCertificate certificate) => new()
    {
        Metadata = new()
        {
            Name = Sidecar.AgentSecret(cluster.Name),
            NamespaceProperty = cluster.Namespace,
            Labels = new Dictionary<string, string>
            {
                [ApiGroup.Labels.ManagedBy] = ApiGroup.Labels.ManagedByValue,
                [ApiGroup.Labels.Cluster] = ApiGroup.Labels.Value(cluster.Name),
            },
            OwnerReferences = [new() { ApiVersion = ApiGroup.ApiVersion, Kind = ApiGroup.Clusters.Kind, Name = cluster.Name, Uid = uid, BlockOwnerDeletion = false }],
        },
        Type = "Opaque",
        Data = new Dictionary<string, byte[]>
        {
            [AgentFiles.Certificate] = Encoding.ASCII.GetBytes(certificate.Certificate),
            [AgentFiles.PrivateKey] = Encoding.ASCII.GetBytes(certificate.PrivateKey),
            [AgentFiles.TicketKeys] = Encoding.ASCII.GetBytes(tickets.PublicKeys),
        },
    };

    private sealed record Written(string Keys, DateTimeOffset RenewAfter, DateTimeOffset Looked, string Version);
}
