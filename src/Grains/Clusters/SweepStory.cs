using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters;

/// <summary>What the owner of a cluster is told of its sweeps.</summary>
internal static class SweepStory
{
    /// <summary>The condition that says whether the cluster's place in its storages is in order.</summary>
    public const string Condition = "Tidy";

    /// <summary>The storages that were swept, or could not be.</summary>
    public static IReadOnlyList<SweepStatus> Statuses(ClusterState state) => [.. state.Sweeps.Where(HasEnded).Select(Status)];

    /// <summary>What the condition says; null before the first sweep ended. What is worst is said first.</summary>
    public static (bool Tidy, string Reason, string Message)? Judge(ClusterState state)
    {
        var ended = state.Sweeps.Where(HasEnded).ToList();
        return ended.Count == 0 ? null
            : Worst(ended, Reasons.SweepFailed) ?? Worst(ended, Reasons.BackupsDamaged) ?? Worst(ended, Reasons.DataMissing) ?? Worst(ended, Reasons.StrangersFound)
            ?? (true, Reasons.Swept, "Nothing in the cluster's place in its storages is out of order.");
    }

    /// <summary>An event for each sweep that removed something, or that the owner wanted only to report.</summary>
    public static IEnumerable<ResourceEvent> Events(ClusterKey key, ClusterState before, ClusterState next, DateTimeOffset now) =>
        from sweep in next.Sweeps
        where sweep.Found is { } found && (sweep.ObjectsRemoved > 0 || found.UploadsGivenUp > 0 || found.OnlyReported)
        let earlier = before.Sweeps.FirstOrDefault(one => one.Storage == sweep.Storage)
        where earlier?.Completed != sweep.Completed
        select new ResourceEvent
        {
            Kind = "MySQLCluster",
            Member = key.Member.Name,
            Namespace = key.Namespace,
            Name = key.Name,
            Uid = next.Uid,
            Reason = Reasons.Swept,
            Action = "Sweep",
            Message = $"Storage '{sweep.Storage}': {sweep.Message}",
            Time = now,
        };

    private static bool HasEnded(ClusterSweep sweep) => sweep.Completed is not null || sweep.Reason is not null;

    private static (bool, string, string)? Worst(IEnumerable<ClusterSweep> ended, string reason) =>
        ended.Where(sweep => Reason(sweep) == reason).Select(Sentence).ToList() is { Count: > 0 } messages ? (false, reason, string.Join(" ", messages)) : null;

    private static SweepStatus Status(ClusterSweep sweep) => new()
    {
        Storage = sweep.Storage,
        LastSweep = sweep.Completed,
        ObjectsRemoved = sweep.Found is { OnlyReported: false } ? sweep.ObjectsRemoved : 0,
        BytesRemoved = sweep.Found is { OnlyReported: false } removed ? removed.BytesRemoved : 0,
        UploadsGivenUp = sweep.Found is { OnlyReported: false } given ? given.UploadsGivenUp : 0,
        Strangers = sweep.Found?.Strangers ?? 0,
        DamagedBackups = sweep.Found?.Damaged ?? 0,
        Offered = sweep.Stock?.Offered ?? 0,
        Offers = sweep.Stock?.Newest ?? [],
        Missing = sweep.Stock?.Missing ?? 0,
        Reason = Reason(sweep) is Reasons.SweepFailed ? sweep.Reason! : Reason(sweep),
        Message = Sentence(sweep),
    };

    private static string Reason(ClusterSweep sweep) => sweep switch
    {
        { Reason: not null } => Reasons.SweepFailed,
        { Found.Damaged: > 0 } => Reasons.BackupsDamaged,
        { Stock.Missing: > 0 } => Reasons.DataMissing,
        { Found.Strangers: > 0 } => Reasons.StrangersFound,
        _ => Reasons.Swept,
    };

    private static string Sentence(ClusterSweep sweep) => Reason(sweep) switch
    {
        Reasons.SweepFailed => string.Create(CultureInfo.InvariantCulture, $"Storage '{sweep.Storage}' could not be swept ({sweep.Reason}): {sweep.Message} It is tried again at {sweep.Due.UtcDateTime:yyyy-MM-dd HH:mm} UTC."),
        Reasons.BackupsDamaged => $"Storage '{sweep.Storage}': the manifests of {Number(sweep.Found!.Damaged)} backups name data that is not there, or make no sense: {string.Join(", ", sweep.Found.DamagedBackups)}.{Strangers(sweep)}",
        Reasons.DataMissing => $"Storage '{sweep.Storage}': {Number(sweep.Stock!.Missing)} backups that succeeded are not there any more, or not whole; their resources have the reason {Reasons.DataMissing}.{Strangers(sweep)}",
        Reasons.StrangersFound => $"Storage '{sweep.Storage}':{Strangers(sweep)}",
        _ => $"Storage '{sweep.Storage}': {sweep.Message}",
    };

    private static string Strangers(ClusterSweep sweep) => (sweep.Found?.Strangers ?? 0) == 0 ? ""
        : $" {Number(sweep.Found!.Strangers)} objects in the cluster's place are none of this plane's and stay: {string.Join(", ", sweep.Found.StrangerKeys)}.";

    private static string Number(long number) => number.ToString(CultureInfo.InvariantCulture);
}
