using ControlPlane.Abstractions.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>Whether a failed attempt is followed by another.</summary>
internal static class RetryPlanner
{
    /// <summary>Judges the last of <paramref name="attempts"/>, which has failed.</summary>
    /// <param name="attempts">All of them, closed.</param>
    /// <param name="fault">What the runner reported; null when it reported nothing.</param>
    /// <param name="limit">Attempts after the first.</param>
    public static bool TriesAgain(IReadOnlyList<BackupAttempt> attempts, JobFault? fault, int limit) =>
        attempts.Count <= limit && MayPass(fault, attempts.Count(attempt => attempt.Reason == nameof(JobFault.ToolFailed)));

    /// <summary>Whether a sweep or a deletion may succeed later although nobody changes anything.</summary>
    public static bool CleaningMayPass(JobFault? fault) =>
        fault is not (JobFault.StorageDenied or JobFault.StorageMissing or JobFault.ObjectLocked or JobFault.WrongKey or JobFault.InvalidRequest);

    /// <summary>Whether the check of what is to be imported may succeed later although nobody changes anything.</summary>
    public static bool CheckMayPass(JobFault? fault) =>
        fault is null or JobFault.StorageUnavailable or JobFault.SecretMissing or JobFault.Internal or JobFault.Cancelled;

    /// <summary>Whether a rewrap that failed so may have written the manifest all the same.</summary>
    public static bool LeavesKeyOpen(JobFault? fault) =>
        fault is not (JobFault.SecretMissing or JobFault.WrongKey or JobFault.InvalidRequest or JobFault.StorageDenied or JobFault.StorageMissing);

    /// <summary>Whether the fault is one of the source, so that another Pod is to be preferred.</summary>
    public static bool BlamesSource(BackupAttempt attempt) =>
        attempt.Reason is nameof(JobFault.SourceUnavailable) or nameof(JobFault.StreamBroken) or nameof(JobFault.ToolFailed);

    /// <summary>Whether an attempt that failed so may have committed all the same.</summary>
    /// <param name="fault">What was reported; null for nothing.</param>
    /// <param name="checking">Whether it had come to read the store back: the manifest is written right after.</param>
    public static bool LeavesCommitOpen(JobFault? fault, bool checking) => fault switch
    {
        null or JobFault.Internal or JobFault.Cancelled or JobFault.DeadlineExceeded => true,
        JobFault.StorageUnavailable => checking,
        _ => false,
    };

    /// <summary>Whether the same request may succeed a little later although nobody changes anything.</summary>
    /// <param name="fault">What was reported; null for nothing.</param>
    /// <param name="toolFailures">How often the tool has failed by now.</param>
    public static bool MayPass(JobFault? fault, int toolFailures) => fault switch
    {
        // No report: killed, evicted, out of memory. The next runner looks first how far the last one came, so nothing good is done twice.
        null => true,
        JobFault.SourceUnavailable or JobFault.StreamBroken or JobFault.StorageUnavailable or JobFault.SecretMissing => true,
        JobFault.Internal => true,

        // Nobody asked for it here, or the machine would not ask: a drained node, a deleted Pod.
        JobFault.Cancelled => true,

        // A server that is just ending.
        JobFault.VolumeBusy => true,
        JobFault.ToolFailed => toolFailures < 2,
        _ => false,
    };
}
