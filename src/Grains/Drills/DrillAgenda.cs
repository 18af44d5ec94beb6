using ControlPlane.Grains.Backups;

namespace ControlPlane.Grains.Drills;

/// <summary>What has to be done in a state, whether for the first time or again. Every action bears being repeated.</summary>
internal static class DrillAgenda
{
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(500);

    /// <summary>The work of the errand.</summary>
    /// <param name="state">What is remembered.</param>
    /// <param name="looks">Whether it is time to look: at a tick, in case an event was lost, but not after each event.</param>
    public static IReadOnlyList<DrillAction> Work(DrillState state, bool looks) => state.Errand switch
    {
        DrillErrand.Asking => [new(DrillDeed.AskCluster)],
        DrillErrand.Finding => [new(DrillDeed.FindBackup)],
        DrillErrand.Working or DrillErrand.Clearing => [.. AtJobs(state.Round!, looks)],
        DrillErrand.Forgetting => state.OwesSomething ? [] : [new(DrillDeed.Part)],
        _ => looks && state.Uid.Length > 0 ? [new(DrillDeed.LookAtResource)] : [],
    };

    /// <summary>When the state wants to be woken, at the earliest half a second from now; null when only an event can move it.</summary>
    public static DateTimeOffset? NextWake(DrillState state, DateTimeOffset now)
    {
        var round = state.Round;
        DateTimeOffset?[] instants =
        [
            state.Deadline,
            state is { Errand: DrillErrand.Asking, Waiting: { Patience: { } patience } waiting } ? waiting.Since + patience : null,
            state.Errand == DrillErrand.Finding ? now + DrillPatience.Look : null,
            round is { Leaving: null } ? round.RetryAt : null,
            round?.Job?.DoubtSince + BackupPatience.Doubt,
            round?.Leaving is not null ? now + DrillPatience.Look : null,
            round?.Job is not null ? now + DrillPatience.LookAtJob : null,
            DrillSchedule.NextWake(state),
        ];
        var soonest = instants.Where(instant => instant > now).Min();
        return soonest is { } wake && wake < now + Soonest ? now + Soonest : soonest;
    }

    private static IEnumerable<DrillAction> AtJobs(OpenRound round, bool looks)
    {
        if (round.Leaving is { } leaving)
        {
            yield return new(DrillDeed.RemoveJob, leaving);
            if (looks)
                yield return new(DrillDeed.LookAtJob, leaving);
        }

        if (round.Job is not { } job)
            yield break;
        if (!job.Seen)
            yield return new(DrillDeed.EnsureJob, job.Name);
        if (looks)
            yield return new(DrillDeed.LookAtJob, job.Name);
    }
}

/// <summary>One thing that is done out there.</summary>
/// <param name="Deed">What.</param>
/// <param name="Job">With which Job; empty where it is about none.</param>
internal sealed record DrillAction(DrillDeed Deed, string Job = "");

/// <summary>What can be done out there.</summary>
internal enum DrillDeed
{
    /// <summary>Ask the cluster for the slot.</summary>
    AskCluster,

    /// <summary>Ask for the backup, and have it kept.</summary>
    FindBackup,

    /// <summary>Make sure that a Job exists.</summary>
    EnsureJob,

    /// <summary>Make sure that it goes.</summary>
    RemoveJob,

    /// <summary>Ask how it stands.</summary>
    LookAtJob,

    /// <summary>Ask whether its own resource is still there.</summary>
    LookAtResource,

    /// <summary>Forget.</summary>
    Part,
}
