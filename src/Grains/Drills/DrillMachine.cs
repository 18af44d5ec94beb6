using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Grains.Restores;

namespace ControlPlane.Grains.Drills;

/// <summary>
/// The life of a drill as one pure function: from what is remembered and what was heard to what is to be remembered. What has to be done follows from the
/// state alone (<see cref="DrillAgenda"/>). One round is at work at a time; what falls due or is wished for meanwhile begins after it.
/// </summary>
internal static partial class DrillMachine
{
    /// <summary>The state after <paramref name="seen"/>; the very same object when nothing changed.</summary>
    public static DrillState Next(DrillKey key, DrillState state, DrillEvent seen, DateTimeOffset now)
    {
        var next = Decide(key, state, seen, now);
        return next == state ? state : DrillStory.Tell(key, state, next, now);
    }

    private static DrillState Decide(DrillKey key, DrillState state, DrillEvent seen, DateTimeOffset now) => seen switch
    {
        DrillEvent.Applied applied => Apply(key, state, applied.Spec, now),
        DrillEvent.Refused refused => Refuse(state, refused.Faults, now),
        DrillEvent.ResourceGone gone => LoseResource(state, gone.Uid, now),
        DrillEvent.Parted => Part(key, state, now),
        _ when state.Uid.Length == 0 => state,
        DrillEvent.Admitted admitted => Admit(state, admitted.Admission, now),
        DrillEvent.ToldToWait told => Wait(key, state, told.Refusal, now),
        DrillEvent.BackupSeen backup => FindBackup(key, state, backup, now),
        DrillEvent.JobSeen job => ObserveJob(key, state, job.Sighting, now),
        DrillEvent.JobRefused refused => HearRefusal(state, refused),
        DrillEvent.Ticked => Tick(key, state, now),
        _ => state,
    };

    /// <summary>What time alone brings about.</summary>
    private static DrillState Tick(DrillKey key, DrillState before, DateTimeOffset now)
    {
        var state = BeginNext(DrillSchedule.Tick(key, before, now), now);
        if (state is { Errand: DrillErrand.Asking, Waiting: { Patience: { } patience } waiting } && now >= waiting.Since + patience)
            return Fail(key, state, waiting.Reason, state.Message, now);
        if (now >= state.Deadline)
            return RunOutOfTime(key, state, now);
        return state.Errand == DrillErrand.Working ? TickJob(key, state, now) : state;
    }

    private static DrillState RunOutOfTime(DrillKey key, DrillState state, DateTimeOffset now) => state.Errand switch
    {
        DrillErrand.Asking => Fail(key, state, Reasons.DeadlineExceeded, $"It could not begin within a day. {state.Message}", now),
        DrillErrand.Finding => Fail(key, state, state.Reason, state.Message, now),

        // The Job was told to go, and nothing that it could still do does any harm.
        DrillErrand.Clearing => Forget(state with { Round = state.Round! with { Leaving = null } }),
        _ => state,
    };

    /// <summary>Begins what is wanted, where nothing is at work.</summary>
    private static DrillState BeginNext(DrillState state, DateTimeOffset now)
    {
        if (state is not { Errand: DrillErrand.None, Gone: false, Spec: { } spec } || (state.Due is null && !state.Wished))
            return state;
        if (spec.Suspended)
            return state.Reason == Reasons.Suspended ? state : state with { Reason = Reasons.Suspended, Message = "spec.suspended of the drill is true; what is wanted begins when it is false." };
        return state with
        {
            Phase = DrillPhase.Pending,
            Errand = DrillErrand.Asking,
            Reason = Reasons.Accepted,
            Message = $"Cluster '{spec.ClusterName}' is asked for a backup to prove.",
            Deadline = now + DrillPatience.Start,
            Waiting = null,
            Rounds = state.Rounds + 1,
            Round = new() { Number = state.Rounds + 1, Started = now, Due = state.Due, Spec = spec },
            Due = null,
            Wished = state.Due is not null && state.Wished,
        };
    }

    private static DrillState Admit(DrillState state, DrillAdmission admission, DateTimeOffset now)
    {
        if (state.Errand != DrillErrand.Asking || admission.Uid != state.Uid || !state.MayBeginWith(admission.Place, now))
            return state;
        var cluster = admission.Cluster;
        return state with
        {
            Errand = DrillErrand.Finding,
            Reason = Reasons.Planning,
            Message = $"Backup '{admission.Backup}' is being looked for.",
            Deadline = now + DrillPatience.Find,
            Waiting = null,
            Line = null,
            PlaceNumber = admission.Place?.Number ?? state.PlaceNumber,
            Round = state.Round! with
            {
                Backup = admission.Backup,
                Cluster = new()
                {
                    Workload = cluster.Workload,
                    Jobs = new() { Image = cluster.Image, ServiceAccountName = cluster.ServiceAccountName },
                    Engine = cluster.Engine,
                    BackoffLimit = cluster.BackoffLimit,
                    ActiveDeadline = cluster.ActiveDeadline,
                },
            },
        };
    }

    private static DrillState Wait(DrillKey key, DrillState state, BackupRefusal refusal, DateTimeOffset now)
    {
        if (state.Errand != DrillErrand.Asking || refusal.Uid != state.Uid)
            return state;
        if (refusal.Patience is { } patience && patience <= TimeSpan.Zero)
            return Fail(key, state, refusal.Reason, refusal.Message, now);
        return state with
        {
            Waiting = new(refusal.Reason, state.Waiting?.Reason == refusal.Reason ? state.Waiting.Since : now, refusal.Patience),
            Line = refusal.Line,
            Reason = refusal.Reason,
            Message = refusal.Message,
        };
    }

    private static DrillState FindBackup(DrillKey key, DrillState state, DrillEvent.BackupSeen seen, DateTimeOffset now)
    {
        if (state is not { Errand: DrillErrand.Finding, Round: { } round } || seen.Name != round.Backup)
            return state;
        if (seen.Backup is { } backup && RestoreOrigin.Of(backup) is { } origin)
        {
            return BeginJob(key, state with
            {
                Round = round with { Origin = origin, BackupUid = backup.Uid, BackupBytes = backup.Summary?.SizeBytes ?? 0 },
            }, now);
        }

        // One that the cluster chose went in between: it chooses another.
        if (round.Spec.Backup.Name is null)
        {
            return state with
            {
                Errand = DrillErrand.Asking,
                Deadline = now + DrillPatience.Start,
                ReturnsOwed = [.. state.ReturnsOwed, Lent(state, round)],
                Round = round with { Backup = null, Cluster = null },
                NewsOwed = true,
            };
        }

        return seen.Backup switch
        {
            null => state with { Reason = Reasons.BackupNotFound, Message = $"spec.backup.name '{seen.Name}' is no MySQLBackup in this namespace: name one of `kubectl get mysqlbackups`, or leave it out to take the newest good one." },
            { Phase: var phase } ended when phase.IsFinal() => Fail(
                key, state, Reasons.BackupNotFound, $"Backup '{seen.Name}' holds nothing that could be restored: it is {ended.Phase} ({ended.Reason}). {ended.Message}", now),
            { Phase: var phase } => state with { Reason = Reasons.BackupNotFound, Message = $"Backup '{seen.Name}' has not ended: it is {phase}." },
        };
    }

    /// <summary>The name under which a round has its backup.</summary>
    public static string Reader(DrillState state, OpenRound round) => string.Create(CultureInfo.InvariantCulture, $"drill:{state.Uid}#{round.Number}");

    private static LentBackup Lent(DrillState state, OpenRound round) => new(round.Backup!, Reader(state, round));

    private static string Sentence(string text) => text.Length == 0 || text[^1] is '.' or '!' or '?' ? text : text + ".";

    private static string Clock(DateTimeOffset instant) => instant.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
