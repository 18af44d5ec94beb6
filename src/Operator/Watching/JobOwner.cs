using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>Whose a Job or its Pod is, as its labels and annotations say: a backup's, or a cluster's.</summary>
/// <param name="Member">Where it lives.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="IsCluster">Whether it is a cluster: then the Job sweeps or prunes.</param>
internal sealed record JobOwner(MemberKey Member, string Namespace, string Name, string Uid, bool IsCluster)
{
    private const string Backup = "backup";
    private const string Cluster = "cluster";

    /// <summary>Short enough to be remembered of each; null when the labels are none of ours.</summary>
    public static string? Write(ResourceHeader header)
    {
        var (kind, named) = header.Annotations.TryGetValue(ApiGroup.Annotations.Backup, out var backup) ? (Backup, backup)
            : header.Annotations.TryGetValue(ApiGroup.Annotations.Cluster, out var cluster) ? (Cluster, cluster)
            : ("", "");
        return Rfc1123.IsSubdomain(named) && header.Labels.TryGetValue(ApiGroup.Labels.Uid, out var uid) && uid.Length > 0 ? $"{kind} {named} {uid}" : null;
    }

    /// <summary>What was remembered.</summary>
    public static JobOwner? Read(MemberKey member, string @namespace, string? text) =>
        text?.Split(' ') is [var kind, var name, var uid] ? new(member, @namespace, name, uid, kind == Cluster) : null;

    /// <summary>Takes a sighting to the owner's grain.</summary>
    public Task TellAsync(IGrainFactory grains, JobSighting sighting, CancellationToken cancellationToken) => IsCluster
        ? grains.GetGrain<IClusterGrain>(new ClusterKey(Member, Namespace, Name).ToString()).ObserveSweepAsync(sighting, cancellationToken)
        : grains.GetGrain<IBackupGrain>(new BackupKey(Member, Namespace, Name).ToString()).ObserveJobAsync(sighting, cancellationToken);
}
