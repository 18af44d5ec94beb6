using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>Whose a Job or its Pod is, as its labels and annotations say: a backup's, a restore's, a drill's, or a cluster's.</summary>
/// <param name="Member">Where it lives.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Kind">What it is, one word.</param>
internal sealed record JobOwner(MemberKey Member, string Namespace, string Name, string Uid, string Kind)
{
    private const string Backup = "backup";
    private const string Restore = "restore";
    private const string Drill = "drill";
    private const string Cluster = "cluster";

    // Every Job names its cluster, so that comes last.
    private static readonly (string Kind, string Annotation)[] Kinds =
        [(Backup, ApiGroup.Annotations.Backup), (Restore, ApiGroup.Annotations.Restore), (Drill, ApiGroup.Annotations.Drill), (Cluster, ApiGroup.Annotations.Cluster)];

    /// <summary>Short enough to be remembered of each; null when the labels are none of ours.</summary>
    public static string? Write(ResourceHeader header)
    {
        var (kind, annotation) = Kinds.FirstOrDefault(kind => header.Annotations.ContainsKey(kind.Annotation));
        return kind is not null && header.Annotations[annotation] is var named && Rfc1123.IsSubdomain(named) && header.Labels.TryGetValue(ApiGroup.Labels.Uid, out var uid) && uid.Length > 0
            ? $"{kind} {named} {uid}"
            : null;
    }

    /// <summary>What was remembered.</summary>
    public static JobOwner? Read(MemberKey member, string @namespace, string? text) =>
        text?.Split(' ') is [var kind, var name, var uid] ? new(member, @namespace, name, uid, kind) : null;

    /// <summary>Takes a sighting to the owner's grain.</summary>
    public Task TellAsync(IGrainFactory grains, JobSighting sighting, CancellationToken cancellationToken) => Kind switch
    {
        Cluster => grains.GetGrain<IClusterGrain>(new ClusterKey(Member, Namespace, Name).ToString()).ObserveSweepAsync(sighting, cancellationToken),
        Drill => grains.GetGrain<IDrillGrain>(new DrillKey(Member, Namespace, Name).ToString()).ObserveJobAsync(sighting, cancellationToken),
        Restore => grains.GetGrain<IRestoreGrain>(new RestoreKey(Member, Namespace, Name).ToString()).ObserveJobAsync(sighting, cancellationToken),
        _ => grains.GetGrain<IBackupGrain>(new BackupKey(Member, Namespace, Name).ToString()).ObserveJobAsync(sighting, cancellationToken),
    };
}
