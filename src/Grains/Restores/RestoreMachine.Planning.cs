using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Restores;

/// <summary>From the queue to a plan, in which nothing is touched.</summary>
internal static partial class RestoreMachine
{
    private static RestoreState Admit(RestoreKey key, RestoreState state, BackupAdmission admission, DateTimeOffset now)
    {
        if (state.Errand != RestoreErrand.Asking || admission.Uid != state.Uid || !state.MayBeginWith(admission.Place, now))
            return state;
        var number = admission.Place?.Number ?? state.PlaceNumber;
        if (state.Ending is not null)
            return GoBack(key, state with { Waiting = null, Line = null, PlaceNumber = number }, state.Ending, now);
        var cluster = admission.Cluster;
        return state with
        {
            Phase = RestorePhase.Planning,
            Errand = RestoreErrand.Finding,
            Cluster = new()
            {
                Workload = cluster.Workload,
                Jobs = new() { Image = cluster.Image, ServiceAccountName = cluster.ServiceAccountName },
                Engine = cluster.Engine,
                BackoffLimit = cluster.BackoffLimit,
                ActiveDeadline = cluster.ActiveDeadline,
            },
            Reason = Reasons.Planning,
            Message = "The backup is being looked for.",
            Started = state.Started ?? now,
            Deadline = now + RestorePatience.Find,
            Waiting = null,
            Line = null,
            PlaceNumber = number,
            Lent = state.Spec!.BackupName is not null,
            Pace = admission.Pace,
        };
    }

    private static RestoreState Wait(RestoreKey key, RestoreState state, BackupRefusal refusal, DateTimeOffset now)
    {
        if (state.Errand != RestoreErrand.Asking || refusal.Uid != state.Uid)
            return state;
        if (state.Ending is null && refusal.Patience is { } patience && patience <= TimeSpan.Zero)
            return GoBack(key, state, new(RestorePhase.Failed, refusal.Reason, refusal.Message), now);
        return state with
        {
            Waiting = new(refusal.Reason, state.Waiting?.Reason == refusal.Reason ? state.Waiting.Since : now, refusal.Patience),
            Line = refusal.Line,
            Reason = refusal.Reason,
            Message = refusal.Message,
        };
    }

    private static RestoreState FindBackup(RestoreKey key, RestoreState state, BackupStatus? backup, DateTimeOffset now)
    {
        if (state.Errand != RestoreErrand.Finding)
            return state;
        if (state.Spec!.Source is { } place)
            return BeginLooking(state, new() { Backup = place.Backup, Storage = place.Storage }, now);
        var name = state.Spec.BackupName;
        return backup switch
        {
            null => state with { Reason = Reasons.BackupNotFound, Message = $"spec.backupName '{name}' is no MySQLBackup in this namespace: name one of `kubectl get mysqlbackups`, or say in spec.backupSource where it lies." },
            _ when RestoreOrigin.Of(backup) is { } origin => BeginLooking(state, origin, now),
            { Phase: BackupPhase.Succeeded } or { Phase: BackupPhase.Failed } or { Phase: BackupPhase.Cancelled } =>
                GoBack(key, state, new(RestorePhase.Failed, Reasons.BackupNotFound, $"Backup '{name}' holds nothing that could be restored: it is {backup.Phase} ({backup.Reason}). {backup.Message}"), now),
            _ => state with { Reason = Reasons.BackupNotFound, Message = $"Backup '{name}' has not ended: it is {backup.Phase}." },
        };
    }

    private static RestoreState BeginLooking(RestoreState state, RestoreOrigin origin, DateTimeOffset now) => state with
    {
        Errand = RestoreErrand.Looking,
        Origin = origin,
        Reason = Reasons.Planning,
        Message = "The workload is being looked at.",
        Deadline = now + RestorePatience.Find,
    };

    private static RestoreState BeginPlanning(RestoreKey key, RestoreState state, WorkloadStanding standing, DateTimeOffset now)
    {
        if (standing.MissingClaims.Count > 0 || standing.Claims.Count == 0)
        {
            return state with
            {
                Reason = Reasons.WorkloadFaulty,
                Message = standing.Claims.Count == 0 && standing.MissingClaims.Count == 0
                    ? "The workload has no volume to restore: start it once, so that its claims are made, or make them."
                    : $"There is no PersistentVolumeClaim {string.Join(", ", standing.MissingClaims)}: start the workload once, so that its claims are made, or make them.",
            };
        }

        var found = state with
        {
            Workload = new()
            {
                Replicas = standing.Replicas,
                Identity = standing.Identity,
                DataDirectory = standing.DataDirectory,
                ServerVersion = standing.Instances.Select(instance => instance.View?.ServerVersion).FirstOrDefault(version => version is not null),
                Engine = state.Cluster!.Engine != BackupEngine.Auto ? state.Cluster.Engine : standing.Instances.Select(instance => instance.View?.Engine).FirstOrDefault(engine => engine is not null) ?? BackupEngine.Auto,
            },
            Volumes = [.. Wanted(state.Spec!, standing.Claims)],
            Message = "Jobs look at the backup and at the volumes.",
            Deadline = now + RestorePatience.ShortJob + RestorePatience.ShortJob,
        };
        return BeginJobs(key, Located(found, standing), RestoreErrand.Planning, now);
    }

    private static IEnumerable<RestoreVolume> Wanted(RestoreSpec spec, IReadOnlyList<string> claims)
    {
        foreach (var (index, claim) in claims.Index())
        {
            if (index == 0 || spec.ReplicaVolumes == ReplicaVolumes.Restore)
                yield return new() { Claim = claim, Operation = JobOperation.RestoreVolume };
            else if (spec.ReplicaVolumes == ReplicaVolumes.Delete)
                yield return new() { Claim = claim, Operation = JobOperation.EmptyVolume, Previous = PreviousData.Keep };
        }
    }

    private static RestoreState AfterPlanning(RestoreKey key, RestoreState state, DateTimeOffset now)
    {
        var plan = PlanOf(state);
        var planned = state with { Plan = plan, Volumes = [.. state.Volumes.Select(volume => volume with { Previous = Kept(volume.Found?.Volume?.Previous ?? volume.Previous) })] };
        if (plan.Blockers.Count > 0)
            return GoBack(key, planned, new(RestorePhase.Failed, Reasons.PlanBlocked, string.Join(" ", plan.Blockers)), now);
        if (state.Spec!.DryRun)
            return Finish(key, planned, new(RestorePhase.Succeeded, Reasons.Planned, "The restore could begin; this was a dry run, and nothing was touched."), now);
        return planned.Volumes.Any(volume => volume.Previous is null)
            ? GoBack(key, planned, new(RestorePhase.Failed, Reasons.PlanBlocked, "The plan of a volume does not say what becomes of its data."), now)
            : BeginStopping(planned, now);
    }

    // Where there is room, the previous data stay until the database has answered, whatever is wanted of them afterwards: a volume that is done gives up its way
    // back no sooner than the last one.
    private static PreviousData? Kept(PreviousData? previous) => previous == PreviousData.DropAfterwards ? PreviousData.Keep : previous;

    private static RestorePlanStatus PlanOf(RestoreState state)
    {
        var found = state.Volumes.Where(volume => volume.Found is not null).Select(volume => (volume.Claim, Plan: volume.Found!)).ToList();
        var first = found[0].Plan;
        return new()
        {
            BytesToDownload = first.BytesToDownload,
            BytesNeeded = first.BytesNeeded,
            ExpectedSeconds = state.Pace?.SecondsFor(first.BytesToDownload) is { } seconds ? (long)Math.Ceiling(seconds) : null,
            ExpectedBy = state.Pace?.SecondsFor(first.BytesToDownload) is null ? "" : Figures(state.Pace),
            BytesAvailable = found.Select(one => one.Plan.Volume?.BytesAvailable).Min(),
            ServerVersion = first.Positions?.ServerVersion,
            GtidExecuted = first.Positions?.GtidExecuted,
            EncryptionKeyId = first.EncryptionKeyId,
            Steps = [.. Steps(state)],
            Blockers = Said(found.Count, found.SelectMany(one => one.Plan.Blockers.Select(blocker => (one.Claim, blocker.Message)))),
            Warnings = [.. Said(found.Count, found.SelectMany(one => one.Plan.Warnings.Select(warning => (one.Claim, warning.Message)))), .. Cautions(state)],
        };
    }

    private static string Figures(RestorePace pace) => FormattableString.Invariant(
        $"{pace.Origin} of {Clock(pace.Measured)}: {pace.BytesDownloaded} bytes came and were prepared in {pace.DataSeconds:0.#} s, and {pace.OtherSeconds:0.#} s went by besides.");

    /// <summary>Each sentence once; what is said of some volumes only, with their names.</summary>
    private static IReadOnlyList<string> Said(int volumes, IEnumerable<(string Claim, string Message)> findings) =>
        [.. findings.GroupBy(finding => finding.Message, finding => finding.Claim).Select(one => one.Count() == volumes ? Sentence(one.Key) : $"{string.Join(", ", one)}: {Sentence(one.Key)}")];

    private static IEnumerable<string> Cautions(RestoreState state)
    {
        if (state.Spec!.ReplicaVolumes == ReplicaVolumes.Keep)
            yield return "Only the first volume is restored; the other instances keep data that do not go with it.";
        if (state.Workload!.Replicas == 0)
            yield return "The workload is stopped and stays so: whether the database starts with the restored data is not tried.";
    }

    private static IEnumerable<string> Steps(RestoreState state)
    {
        var workload = state.Cluster!.Workload.Name;
        if (state.Workload!.Replicas > 0)
            yield return $"StatefulSet {workload} is stopped.";
        foreach (var volume in state.Volumes)
            yield return volume.Operation == JobOperation.EmptyVolume ? $"{volume.Claim} is emptied." : $"{volume.Claim} is restored.";
        if (state.Workload.Replicas > 0)
            yield return FormattableString.Invariant($"StatefulSet {workload} is started with {state.Workload.Replicas} instances, and its database is waited for.");
    }
}
