namespace ControlPlane.Grains.Backups;

/// <summary>What has to be done in a state, whether for the first time or again. Every action bears being repeated.</summary>
internal static class BackupAgenda
{
    private static readonly TimeSpan WhileStopping = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan WhileCleaning = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Soonest = TimeSpan.FromMilliseconds(500);

    /// <summary>The work of the errand.</summary>
    /// <param name="state">What is remembered.</param>
    /// <param name="now">The time.</param>
    /// <param name="looks">Whether it is time to look: at a tick, in case an event was lost, but not after each event.</param>
    public static IReadOnlyList<BackupAction> Work(BackupState state, DateTimeOffset now, bool looks)
    {
        var waits = now < state.RetryAt;
        return state.Errand switch
        {
            BackupErrand.Asking => waits ? [] : [BackupAction.AskCluster],
            BackupErrand.Choosing => waits || state.Cluster?.Workload is null ? [] : [BackupAction.Survey],
            BackupErrand.Working => [.. Adopted(state), .. AtJob(state, looks)],
            BackupErrand.Clearing or BackupErrand.Stopping => looks ? [BackupAction.RemoveJob, BackupAction.LookAtJob] : state.Job is { Told: null } ? [BackupAction.RemoveJob] : [],
            BackupErrand.Sweeping or BackupErrand.Removing or BackupErrand.Rewrapping or BackupErrand.Importing => AtJob(state, looks),
            BackupErrand.Releasing => [BackupAction.Release],
            BackupErrand.Forgetting => state.OwesSomething ? [] : [BackupAction.Part],
            _ => [],
        };
    }

    /// <summary>When the state wants to be woken, at the earliest half a second from now; null when only an event can move it.</summary>
    public static DateTimeOffset? NextWake(BackupState state, DateTimeOffset now)
    {
        DateTimeOffset?[] instants =
        [
            state.Deadline,
            state.RetryAt,
            state is { Errand: BackupErrand.Asking, Waiting: { Patience: { } patience } waiting } ? waiting.Since + patience : null,
            state.Job?.DoubtSince + BackupPatience.Doubt,
            state.Errand is BackupErrand.Clearing or BackupErrand.Stopping ? now + WhileStopping : null,
            state.Errand is BackupErrand.Sweeping or BackupErrand.Removing or BackupErrand.Rewrapping or BackupErrand.Importing && state.Job is not null ? now + WhileCleaning : null,
        ];
        var soonest = instants.Where(instant => instant > now).Min();
        return soonest is { } wake && wake < now + Soonest ? now + Soonest : soonest;
    }

    private static IEnumerable<BackupAction> Adopted(BackupState state) => state.Cluster?.Workload is null ? [BackupAction.AskCluster] : [];

    private static BackupAction[] AtJob(BackupState state, bool looks) => state.Job switch
    {
        null => [],
        { Seen: false } when state.Cluster is not null => looks ? [BackupAction.EnsureJob, BackupAction.LookAtJob] : [BackupAction.EnsureJob],
        _ => looks ? [BackupAction.LookAtJob] : [],
    };
}

/// <summary>One thing that is done out there.</summary>
internal enum BackupAction
{
    /// <summary>Ask the cluster for the slot.</summary>
    AskCluster,

    /// <summary>Have the instances looked at.</summary>
    Survey,

    /// <summary>Make sure that the Job exists.</summary>
    EnsureJob,

    /// <summary>Make sure that it goes.</summary>
    RemoveJob,

    /// <summary>Ask how it stands.</summary>
    LookAtJob,

    /// <summary>Take the finalizer off.</summary>
    Release,

    /// <summary>Forget.</summary>
    Part,
}
