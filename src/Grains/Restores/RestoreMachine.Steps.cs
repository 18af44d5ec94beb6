using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Restores;

/// <summary>Stopping, restoring, starting; and what follows a success.</summary>
internal static partial class RestoreMachine
{
    private static RestoreState BeginStopping(RestoreState state, DateTimeOffset now) => state with
    {
        Phase = RestorePhase.Stopping,
        Errand = RestoreErrand.Stopping,
        Reason = state.Ending is null ? Reasons.WorkloadStopping : Reasons.PuttingBack,
        Message = state.Ending is null ? $"StatefulSet {state.Cluster!.Workload.Name} is being stopped." : $"{Sentence(state.Ending.Message)} StatefulSet {state.Cluster!.Workload.Name} is being stopped, to put back what was there.",

        // Remembered before it is done: whatever happens from here, it is known how many instances there were.
        Stopped = state.Stopped || state.Workload!.Replicas > 0,
        Begun = state.Ending is null ? now : state.Begun,
        Deadline = now + (state.Ending is null ? RestorePatience.Stop : RestorePatience.PutBack),
        Numbers = state.Numbers + 1,
        Look = state.Numbers + 1,
    };

    private static RestoreState ObserveWorkload(RestoreKey key, RestoreState state, WorkloadStanding standing, DateTimeOffset now)
    {
        if (standing.Uid != state.Uid || standing.Number < state.Look)
            return state;
        if (standing.Trouble is { } trouble)
        {
            return state.Errand == RestoreErrand.Looking ? state with { Reason = Reasons.WorkloadFaulty, Message = trouble }
                : state.Errand is RestoreErrand.Stopping or RestoreErrand.Starting ? state with { Message = trouble }
                : state;
        }

        return state.Errand switch
        {
            RestoreErrand.Looking => BeginPlanning(key, state, standing, now),
            RestoreErrand.Stopping when standing is { Replicas: 0, Instances.Count: 0 } => AfterStopping(key, state, now),
            RestoreErrand.Starting when Answers(state, standing) && (!Lacks(state, standing) || now >= state.Deadline - RestorePatience.Start + RestorePatience.GtidSet) =>
                AfterStarting(key, Located(state with { AccountRefused = false, GtidLacking = Lacks(state, standing) }, standing), now),
            RestoreErrand.Starting => state with { Message = StartingMessage(state, standing), AccountRefused = Answers(state, standing, mayRefuse: true) },
            RestoreErrand.Confirming => Located(state, standing),
            _ => state,
        };
    }

    private static RestoreState AfterStopping(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        // No instance has a volume any more.
        var free = state with { Volumes = [.. state.Volumes.Select(volume => volume with { Node = null })] };
        return free.Ending is not null ? BeginUndoing(key, free, now) : BeginJobs(key, free with
        {
            Phase = RestorePhase.Restoring,
            Reason = Reasons.VolumesRestoring,
            Message = FormattableString.Invariant($"Jobs restore the data on {free.Volumes.Count} volumes."),
            Deadline = now + free.Cluster!.ActiveDeadline + Backups.BackupPatience.Grace,
        }, RestoreErrand.Restoring, now);
    }

    private static RestoreState BeginStarting(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        if (!state.Stopped)
            return AfterStarting(key, state, now);
        return state with
        {
            Phase = RestorePhase.Starting,
            Errand = RestoreErrand.Starting,
            Reason = state.Ending is null ? Reasons.WorkloadStarting : Reasons.PuttingBack,
            Message = FormattableString.Invariant($"StatefulSet {state.Cluster!.Workload.Name} is started with {state.Workload!.Replicas} instances."),
            Deadline = now + (state.Ending is null ? RestorePatience.Start : RestorePatience.StartAgain),
            Numbers = state.Numbers + 1,
            Look = state.Numbers + 1,
            AccountRefused = false,
            GtidLacking = false,
        };
    }

    private static RestoreState AfterStarting(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        if (state.Ending is { } ending)
            return Finish(key, state with { Stopped = false }, ending.Reason == Reasons.NotPutBack ? ending : ending with { Message = PutBackMessage(state, ending) }, now);
        var (backup, started) = (From(state.Spec!), state.Stopped);
        return Finish(key, state with { Stopped = false, Took = Took(key, state, now) }, new(
            RestorePhase.Succeeded, Reasons.Completed, started ? $"The database answers with the data of {backup}.{Refused(state)}{Lacking(state)}" : $"The volumes hold the data of {backup}. The workload was stopped before, and stays so."), now);
    }

    /// <summary>What the next plan may go by: only what went through without a fault, and was the whole road.</summary>
    private static RestorePace? Took(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        var restored = state.Volumes.Where(volume => volume.Operation == JobOperation.RestoreVolume).ToList();
        if (!state.Stopped || state.AccountRefused || state.Begun is not { } begun || restored.MaxBy(volume => volume.DataSeconds) is not { } slowest
            || state.Volumes.Any(volume => volume.Tries > 0) || restored.Any(volume => volume.BytesDownloaded <= 0))
            return null;
        return new()
        {
            Origin = $"restore '{key.Name}'",
            Measured = now,
            BytesDownloaded = slowest.BytesDownloaded,
            DataSeconds = slowest.DataSeconds,
            OtherSeconds = Math.Max(0, (now - begun).TotalSeconds - slowest.DataSeconds),
        };
    }

    // Its owner had the time to mend that; whole data are not taken away again for a password.
    private static string Refused(RestoreState state) => !state.AccountRefused ? ""
        : " It refuses the account of the cluster's credentialsSecret, so that no backup can be taken: accounts and passwords are those of the backup. Change the Secret, or the account.";

    private static string Lacking(RestoreState state) => !state.GtidLacking ? ""
        : " Its data are those of the manifest, but @@gtid_executed lacks transactions of the backup's GTID set (plan.gtidExecuted): before a server replicates from it, or it from another, set gtid_purged to that set.";

    private static string PutBackMessage(RestoreState state, RestoreEnding ending) =>
        $"{Sentence(ending.Message)} {(state.Stopped ? "What was there was put back, and the database answers." : "What was there was put back; the workload was stopped before, and stays so.")}";

    /// <summary>Whether all instances are there and ready, and their servers answer where there is an agent to ask.</summary>
    private static bool Answers(RestoreState state, WorkloadStanding standing, bool mayRefuse = false) =>
        standing.Replicas >= state.Workload!.Replicas && standing.Instances.Count >= state.Workload.Replicas
        && standing.Instances.All(instance => Objection(instance) is null || (mayRefuse && instance is { Ready: true, View.AccountRefused: true }));

    /// <summary>Whether a server says that it lacks transactions of the backup. Of MariaDB's positions, and of sets too long to be whole here, nothing is said.</summary>
    private static bool Lacks(RestoreState state, WorkloadStanding standing) =>
        state.Ending is null && GtidSet.Read(state.Plan?.GtidExecuted) is { } wanted
        && standing.Instances.Any(instance => GtidSet.Read(instance.View?.GtidExecuted) is { } has && !has.Contains(wanted));

    private static string? Objection(SurveyedInstance instance) => instance switch
    {
        { Ready: false } => "is not ready",
        { HasAgent: true, View: null } => $"does not answer: {instance.Trouble}",
        { View: { ServerReachable: false } view } => $"does not answer: {view.Message}",
        _ => null,
    };

    private static string StartingMessage(RestoreState state, WorkloadStanding standing)
    {
        var waits = standing.Instances.Select(instance => Objection(instance) is { } objection ? $"{instance.Pod} {objection}" : null).OfType<string>().ToList();
        return waits.Count == 0 && Lacks(state, standing) ? "The database answers; that it reports the backup's GTID set is waited for."
            : waits.Count > 0 ? $"The database is waited for: {string.Join("; ", waits)}."
            : FormattableString.Invariant($"The database is waited for: {standing.Instances.Count} of {state.Workload!.Replicas} instances are there.");
    }

    private static RestoreState Located(RestoreState state, WorkloadStanding standing) => state with
    {
        // A StatefulSet names a claim after its template and the Pod.
        Volumes = [.. state.Volumes.Select(volume => volume with { Node = standing.Instances.FirstOrDefault(instance => volume.Claim == $"{state.Cluster!.Workload.DataVolume}-{instance.Pod}")?.Node })],
    };

    /// <summary>How the backup is called in sentences and in the table.</summary>
    public static string From(RestoreSpec spec) => spec.BackupName is { } name ? $"backup '{name}'" : spec.Source!.Destination;

    private static RestoreState Finish(RestoreKey key, RestoreState state, RestoreEnding ending, DateTimeOffset now)
    {
        var ended = state with
        {
            Phase = ending.Phase,
            Errand = RestoreErrand.None,
            Reason = ending.Reason,
            Message = ending.Message,
            Completed = now,
            Ending = null,
            Deadline = null,
            Waiting = null,
            NewsOwed = true,
            ReturnOwed = state.Lent,
            JobsToRemove = [.. state.JobsToRemove, .. state.Volumes.SelectMany(volume => new[] { volume.Job?.Name, volume.Leaving }).OfType<string>()],
            Volumes = [.. state.Volumes.Select(volume => volume with { Job = null, Leaving = null, RetryAt = null })],
        };
        if (ending.Phase == RestorePhase.Succeeded && state.Volumes.Any(volume => volume.Touched))
            return ended.PreviousKept && !ended.Gone && state.Spec is { Confirmed: false, KeepPrevious: not KeepPrevious.Never } ? Hold(ended, now) : BeginConfirming(key, ended, now);
        return ended.Gone ? Forget(ended) : ended;
    }

    private static RestoreState Hold(RestoreState state, DateTimeOffset now) => state with
    {
        Errand = RestoreErrand.Holding,
        DropAt = now + RestorePatience.Hold,
        Message = $"{state.Message} The previous data stay on the volumes until {Clock(now + RestorePatience.Hold)}; set spec.confirmed to let them go now, or spec.cancelled to have them back.",
    };

    private static RestoreState BeginConfirming(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        var begun = BeginJobs(key, state with { Phase = RestorePhase.Succeeded, DropAt = null, Deadline = null }, RestoreErrand.Confirming, now);

        // After the next look only: an instance may have moved to another node, and its volume with it.
        return begun.Errand != RestoreErrand.Confirming || state.Errand != RestoreErrand.Holding ? begun : begun with
        {
            Volumes = [.. begun.Volumes.Select(volume => volume with { Job = null, RetryAt = volume.Done ? null : now + RestorePatience.Look + RestorePatience.Look })],
        };
    }

    private static RestoreState AfterConfirming(RestoreState state)
    {
        var done = state with
        {
            Errand = RestoreErrand.None,
            Reason = Reasons.Confirmed,
            Message = $"The volumes hold the data of {From(state.Spec!)}, and the previous data are gone.",
        };
        return done.Gone ? Forget(done) : done;
    }
}
