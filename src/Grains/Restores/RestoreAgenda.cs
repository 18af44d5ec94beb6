using ControlPlane.Grains.Backups;

namespace ControlPlane.Grains.Restores;

/// <summary>What has to be done in a state, whether for the first time or again. Every action bears being repeated.</summary>
internal static class RestoreAgenda
{
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(500);

    /// <summary>The work of the errand.</summary>
    /// <param name="state">What is remembered.</param>
    /// <param name="looks">Whether it is time to look: at a tick, in case an event was lost, but not after each event.</param>
    public static IReadOnlyList<RestoreAction> Work(RestoreState state, bool looks) => state.Errand switch
    {
        RestoreErrand.Asking => [new(RestoreDeed.AskCluster)],
        RestoreErrand.Finding => [new(RestoreDeed.FindBackup)],
        RestoreErrand.Looking => [new(RestoreDeed.LookAtWorkload)],
        RestoreErrand.Stopping => [new(RestoreDeed.Stop), new(RestoreDeed.LookAtWorkload)],
        RestoreErrand.Starting => [new(RestoreDeed.Start), new(RestoreDeed.LookAtWorkload)],

        // Somebody else may have scaled it up: a server must not come between.
        RestoreErrand.Restoring or RestoreErrand.Undoing when state.Stopped && looks => [new(RestoreDeed.Stop), .. AtJobs(state, looks)],
        RestoreErrand.Confirming when looks && state.Volumes.Any(volume => volume is { Done: false, Job: null }) => [new(RestoreDeed.LookAtWorkload), .. AtJobs(state, looks)],
        RestoreErrand.Planning or RestoreErrand.Restoring or RestoreErrand.Undoing or RestoreErrand.Confirming or RestoreErrand.Clearing => AtJobs(state, looks),
        RestoreErrand.Forgetting => state.OwesSomething ? [] : [new(RestoreDeed.Part)],
        _ => [],
    };

    /// <summary>When the state wants to be woken, at the earliest half a second from now; null when only an event can move it.</summary>
    public static DateTimeOffset? NextWake(RestoreState state, DateTimeOffset now)
    {
        DateTimeOffset?[] instants =
        [
            state.Deadline,
            state.Errand == RestoreErrand.Holding ? state.DropAt : null,
            state is { Errand: RestoreErrand.Asking, Waiting: { Patience: { } patience } waiting } ? waiting.Since + patience : null,
            state.Errand is RestoreErrand.Finding or RestoreErrand.Looking or RestoreErrand.Stopping or RestoreErrand.Starting ? now + RestorePatience.Look : null,
            .. state.Volumes.Select(volume => volume.Done || volume.Leaving is not null ? null : volume.RetryAt),
            .. state.Volumes.Select(volume => volume.Job?.DoubtSince + BackupPatience.Doubt),
            .. state.Volumes.Select(volume => volume.Leaving is not null ? now + RestorePatience.Look : volume.Job is not null ? now + RestorePatience.LookAtJob : default(DateTimeOffset?)),
        ];
        var soonest = instants.Where(instant => instant > now).Min();
        return soonest is { } wake && wake < now + Soonest ? now + Soonest : soonest;
    }

    private static IReadOnlyList<RestoreAction> AtJobs(RestoreState state, bool looks) => [.. state.Volumes.SelectMany(volume => AtVolume(volume, looks))];

    private static IEnumerable<RestoreAction> AtVolume(RestoreVolume volume, bool looks)
    {
        if (volume.Leaving is { } leaving)
        {
            yield return new(RestoreDeed.RemoveJob, leaving);
            if (looks)
                yield return new(RestoreDeed.LookAtJob, leaving);
        }

        if (volume.Job is not { } job)
            yield break;
        if (!job.Seen)
            yield return new(RestoreDeed.EnsureJob, job.Name);
        if (looks)
            yield return new(RestoreDeed.LookAtJob, job.Name);
    }
}

/// <summary>One thing that is done out there.</summary>
/// <param name="Deed">What.</param>
/// <param name="Job">With which Job; empty where it is about none.</param>
internal sealed record RestoreAction(RestoreDeed Deed, string Job = "");

/// <summary>What can be done out there.</summary>
internal enum RestoreDeed
{
    /// <summary>Ask the cluster for the slot.</summary>
    AskCluster,

    /// <summary>Ask for the backup, and have it kept.</summary>
    FindBackup,

    /// <summary>Have the workload looked at.</summary>
    LookAtWorkload,

    /// <summary>Make sure that it asks for no instance.</summary>
    Stop,

    /// <summary>Make sure that it asks for as many as before.</summary>
    Start,

    /// <summary>Make sure that a Job exists.</summary>
    EnsureJob,

    /// <summary>Make sure that it goes.</summary>
    RemoveJob,

    /// <summary>Ask how it stands.</summary>
    LookAtJob,

    /// <summary>Forget.</summary>
    Part,
}
