using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Restores;

/// <summary>The way back from wherever a restore is, to exactly what was there, or to a message that says what is not.</summary>
internal static partial class RestoreMachine
{
    private static RestoreState GoBack(RestoreKey key, RestoreState state, RestoreEnding ending, DateTimeOffset now)
    {
        var touched = state.Volumes.Any(volume => volume.Touched);
        if (!touched && !state.Stopped)
            return Finish(key, state, ending with { Message = $"Nothing was touched. {ending.Message}" }, now);
        var leaving = state with
        {
            Phase = RestorePhase.Restoring,
            Errand = RestoreErrand.Clearing,
            Ending = ending,
            Reason = Reasons.PuttingBack,
            Message = $"{Sentence(ending.Message)} What was there is being put back.",
            Deadline = now + RestorePatience.PutBack,
            Completed = null,
            Volumes = [.. state.Volumes.Select(volume => volume with { Leaving = volume.Job?.Name ?? volume.Leaving, Job = null, RetryAt = null })],
        };
        return AfterClearing(key, leaving, now);
    }

    private static RestoreState AfterClearing(RestoreKey key, RestoreState state, DateTimeOffset now) =>
        state.Volumes.Any(volume => volume.Leaving is not null) ? state
        : state.Volumes.Any(volume => volume.Touched) ? BeginStopping(state, now)
        : BeginStarting(key, state, now);

    private static RestoreState BeginUndoing(RestoreKey key, RestoreState state, DateTimeOffset now) => BeginJobs(key, state with
    {
        Phase = RestorePhase.Restoring,
        Reason = Reasons.PuttingBack,
        Message = $"{Sentence(state.Ending!.Message)} Jobs put back what was there.",
        Deadline = now + RestorePatience.PutBack,
    }, RestoreErrand.Undoing, now);

    private static RestoreState AfterUndoing(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        var stuck = state.Volumes.Where(volume => volume.Stuck.Length > 0).ToList();
        if (stuck.Count == 0)
            return BeginStarting(key, state with { Volumes = [.. state.Volumes.Select(volume => volume with { Touched = false, PreviousKept = false })] }, now);

        // Whole data may be served, whosever they are; half of them may not.
        return stuck.All(volume => volume.Holds == VolumeHolds.Restored) && stuck.Count == state.Volumes.Count(volume => volume.Touched)
            ? BeginStarting(key, state with { Ending = state.Ending! with { Reason = Reasons.NotPutBack, Message = $"{Sentence(state.Ending.Message)} The previous data are gone, and the volumes hold the data of {From(state.Spec!)}." } }, now)
            : EndUndone(key, state, string.Join(" ", stuck.Select(volume => $"{volume.Claim}: {Sentence(volume.Stuck)}")), now);
    }

    /// <summary>Not everything could be put back: the workload stays stopped, and its owner is told what to do.</summary>
    private static RestoreState EndUndone(RestoreKey key, RestoreState state, string why, DateTimeOffset now)
    {
        var (workload, replicas) = (state.Cluster!.Workload.Name, state.Workload!.Replicas);
        return Finish(key, state, state.Ending! with
        {
            Reason = Reasons.NotPutBack,
            Message = $"{Sentence(state.Ending.Message)} Not everything could be put back, and the workload is stopped. {Sentence(why)} "
                + "Apply another MySQLRestore, which may use the same backup or another one; or look at the volumes as docs/restore.md tells under 'By hand'. "
                + FormattableString.Invariant($"Then: kubectl -n {key.Namespace} scale statefulset {workload} --replicas={replicas}"),
        }, now);
    }
}
