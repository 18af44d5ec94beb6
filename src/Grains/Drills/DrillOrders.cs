using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Drills;

/// <summary>From what a drill remembers to what is asked of the edge and of other grains. The same state, the same order.</summary>
internal static class DrillOrders
{
    // Room for what a server makes beside its data: redo, undo, temporary files.
    private const long Spare = 2L << 30;

    /// <summary>The Job of the round at work.</summary>
    public static JobOrder Job(DrillKey key, DrillState state)
    {
        var round = state.Round!;
        var (job, spec, cluster, origin) = (round.Job!, round.Spec, round.Cluster!, round.Origin!);
        var limit = DrillMachine.LimitOf(round);
        return new()
        {
            Subject = JobSubject.Of(key),
            Job = job.Name,
            Request = new()
            {
                Version = JobRequest.RestoreVersion,
                Operation = JobOperation.Drill,
                Backup = new() { Namespace = key.Namespace, Cluster = spec.ClusterName, Name = key.Name, Uid = state.Uid },
                Attempt = job.Number,
                Storage = origin.Storage.Request,
                Sealing = origin.Storage.Sealing,
                Deadline = job.Asked + limit,
                Restore = new() { Source = origin.Backup, Target = new() { Engine = cluster.Engine }, Drill = spec.Checks },
            },
            Storage = origin.Storage,
            Jobs = cluster.Jobs,
            Environment = origin.Storage.ContainerOptions.Environment,
            ActiveDeadline = limit,
            OwnedByResource = true,
            Drill = new()
            {
                VolumeBytes = spec.VolumeBytes ?? VolumeBytes(round.BackupBytes),
                StorageClassName = spec.StorageClassName,
                Image = spec.Image is { } image ? new() { Name = image } : null,
                ContainerJson = spec.ContainerJson,
                Workload = cluster.Workload,
            },
        };
    }

    /// <summary>The volume's size where its owner says none: the data, a quarter more for what preparing adds, and some spare, in whole GiB.</summary>
    public static long VolumeBytes(long backup) => (backup + (backup / 4) + Spare + (1L << 30) - 1) >> 30 << 30;

    /// <summary>What a round counts as in the fleet's budgets.</summary>
    public static PlaceWish Work(DrillKey key, DrillState state) => new()
    {
        Kind = WorkKind.Drill,
        Member = key.Member.Name,
        Namespace = key.Namespace,
        Name = key.Name,
        Uid = state.Uid,
        Cluster = state.Round!.Spec.ClusterName,
        Since = state.Round.Started,
        Place = state.Round.Origin is { } origin ? BucketPlace.Of(origin.Storage.Request, key.Member.Name, key.Namespace) : null,
        Longest = DrillMachine.LimitOf(state.Round),
    };

    /// <summary>The slot is wanted.</summary>
    public static DrillWish Wish(DrillKey key, DrillState state) => new()
    {
        Drill = key,
        Uid = state.Uid,
        Since = state.Round!.Started,
        Choice = state.Round.Spec.Backup with { Lot = DrillMachine.Reader(state, state.Round) },
    };

    /// <summary>What the cluster is to know.</summary>
    public static DrillEnd End(DrillKey key, DrillState state) => new()
    {
        Drill = key,
        Uid = state.Uid,
        Over = state.Errand != DrillErrand.Asking,
        Gone = state.Gone,
        Result = state.History is not [var last, ..] ? null : new()
        {
            Drill = key.Name,
            Completed = last.Completed,
            Passed = last.Passed,
            Reason = last.Reason,
            Message = last.Message,
            Backup = last.Backup,
            RecoverySeconds = last.RecoverySeconds,
            Pace = last is not { Passed: true, RecoverySeconds: not null, Summary: { } found } ? null : new()
            {
                Origin = $"drill '{key.Name}'",
                Measured = last.Completed,
                BytesDownloaded = found.BytesDownloaded,
                DataSeconds = found.DownloadSeconds + found.PrepareSeconds,
                OtherSeconds = found.StartSeconds,
            },
            BytesOfData = last.Summary?.BytesOfData ?? 0,
        },
    };
}
