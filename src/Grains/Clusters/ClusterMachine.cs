using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Clusters;

/// <summary>What a cluster makes of what it hears, as pure functions. Each answers the very same object when nothing changed.</summary>
internal static class ClusterMachine
{
    /// <summary>So many good backups are known by name; the newest is shown, the others step in when it is removed.</summary>
    private const int MostGood = 50;

    /// <summary>The last rounds of so many drills are known; a cluster with more would be an odd one.</summary>
    private const int MostDrills = 32;

    /// <summary>So many events wait for an API server that is away; older ones go, what they tell of stays in the status.</summary>
    private const int MostEvents = 100;

    /// <summary>
    /// A resource was read. An older generation of the same UID is left out of account; the same one counts again where policies had it come out otherwise,
    /// or refused.
    /// </summary>
    public static ClusterState Apply(ClusterState state, ClusterSpec spec)
    {
        if (state.Uid == spec.Uid && (spec.Generation < state.Generation
            || (spec.Generation == state.Spec?.Generation && spec.Effective?.Digest == state.Effective?.Digest && state.Faults.Count == 0)))
            return state;
        var fresh = state.Uid == spec.Uid ? state : Renew(state);
        return fresh with
        {
            Uid = spec.Uid,
            Generation = spec.Generation,
            Spec = spec with { Effective = null },
            Effective = spec.Effective,
            Faults = [],

            // The same workload stays as it is; another one is given back.
            Releasing = fresh.Spec is { } earlier && earlier.Workload.Name != spec.Workload.Name ? earlier : fresh.Releasing,
            Sighting = null,
        };
    }

    /// <summary>A resource could not be read: the last good spec stays in force.</summary>
    public static ClusterState Refuse(ClusterState state, ResourceFaults faults)
    {
        if (state.Uid == faults.Uid && (faults.Generation < state.Generation || (faults.Generation == state.Generation && state.Faults.SequenceEqual(faults.Faults))))
            return state;
        var fresh = state.Uid == faults.Uid ? state : Renew(state) with { Spec = null, Effective = null, Releasing = state.Spec ?? state.Releasing };
        return fresh with { Uid = faults.Uid, Generation = faults.Generation, Faults = faults.Faults };
    }

    /// <summary>The resource is gone. Whoever runs or waits is still known.</summary>
    public static ClusterState Forget(ClusterState state, string uid) => state.Uid != uid || uid.Length == 0 ? state
        : Renew(state) with { Spec = null, Effective = null, Releasing = state.Spec ?? state.Releasing };

    /// <summary>Of these drills there may be resources by this plane.</summary>
    public static ClusterState KeepDrills(ClusterState state, IEnumerable<string> drills) =>
        drills.Order(StringComparer.Ordinal).ToList() is var kept && kept.SequenceEqual(state.DrillsKept) ? state : state with { DrillsKept = kept };

    /// <summary>The workload was seen.</summary>
    public static ClusterState Observe(ClusterState state, WorkloadSighting sighting) =>
        state.Spec is null || sighting.Generation < state.Spec.Generation || state.Sighting == sighting ? state : state with { Sighting = sighting };

    /// <summary>A backup wants to begin, or says that it runs already.</summary>
    public static ClusterState Hear(ClusterState state, BackupWish wish)
    {
        var backup = wish.Backup.ToString();
        if (wish.Runs)
        {
            return state.Running is null
                ? state with { Running = new(backup, wish.Uid), Waiting = Without(state.Waiting, wish.Uid) }
                : state;
        }

        return Queue(state, new(backup, wish.Uid, wish.StorageName, wish.Created, wish.ImportFrom) { Scheduled = wish.Scheduled, Node = wish.Node });
    }

    /// <summary>A restore wants to begin.</summary>
    public static ClusterState Hear(ClusterState state, RestoreWish wish) =>
        Queue(state, new(wish.Restore.ToString(), wish.Uid, "", wish.Created, IsRestore: true) { Place = wish.Place });

    /// <summary>A drill wants to begin a round; one that waits for the next round may want another backup.</summary>
    public static ClusterState Hear(ClusterState state, DrillWish wish) =>
        Queue(state, new(wish.Drill.ToString(), wish.Uid, wish.Choice.StorageName ?? "", wish.Since, Drill: wish.Choice));

    /// <summary>A round of a drill ended, or the drill went.</summary>
    public static ClusterState Record(ClusterState state, DrillEnd end)
    {
        var waiting = end.Over ? Without(state.Waiting, end.Uid) : state.Waiting;
        var known = state.Drilled.FirstOrDefault(result => result.Drill == end.Drill.Name);
        var drilled = end.Gone ? [.. state.Drilled.Where(result => result != known)]
            : end.Result is { } result && !(result.Completed <= known?.Completed)
                ? [.. state.Drilled.Where(one => one != known).Prepend(result).OrderByDescending(one => one.Completed).Take(MostDrills)]
                : state.Drilled;
        var proven = end.Result is { Passed: true } proof && !(proof.Completed <= state.Proven?.Completed) ? proof : state.Proven;
        var backup = end.Result is { } round && !(round.Completed <= known?.Completed) ? ObjectivesMachine.Proven(state, round) : state.ProvenBackup;
        return waiting == state.Waiting && proven == state.Proven && backup == state.ProvenBackup && drilled.SequenceEqual(state.Drilled) ? state
            : state with { Waiting = waiting, Drilled = drilled, Proven = proven, ProvenBackup = backup };
    }

    /// <summary>A restore ended, went, or gave the slot back.</summary>
    public static ClusterState Record(ClusterState state, RestoreEnd end)
    {
        var waiting = end.Over ? Without(state.Waiting, end.Uid) : state.Waiting;
        var restored = end.Pace is { } pace && !(pace.Measured <= state.Restored?.Measured) ? pace : state.Restored;
        return waiting == state.Waiting && restored == state.Restored ? state : state with { Waiting = waiting, Restored = restored };
    }

    /// <summary>The slot goes to one that waits.</summary>
    /// <param name="state">The cluster.</param>
    /// <param name="waiter">Who gets it.</param>
    /// <param name="place">The number of its place in the fleet's budgets; 0 for none.</param>
    public static ClusterState Grant(ClusterState state, ClusterWaiter waiter, long place = 0)
    {
        var (slot, left) = (new ClusterSlot(waiter.Backup, waiter.Uid, waiter.IsRestore, place), state with { Waiting = Without(state.Waiting, waiter.Uid) });
        return waiter.Use switch
        {
            SlotUse.Import => left with { Importing = slot },
            SlotUse.Drill => left with { Drilling = slot },
            _ => left with { Running = slot },
        };
    }

    /// <summary>Whoever has a slot was asked, and does not hold it.</summary>
    public static ClusterState Free(ClusterState state, ClusterSlot slot) => state with
    {
        Running = state.Running == slot ? null : state.Running,
        Importing = state.Importing == slot ? null : state.Importing,
        Drilling = state.Drilling == slot ? null : state.Drilling,
    };

    /// <summary>The same of a backup, which says how it ended.</summary>
    public static ClusterState Free(ClusterState state, ClusterSlot slot, BackupClaim claim) => claim.End is { } end ? Record(Free(state, slot), end) : Free(state, slot);

    /// <summary>The same of a drill, which may wait for its next round already.</summary>
    public static ClusterState Free(ClusterState state, ClusterSlot slot, DrillClaim claim) =>
        claim.End is { } end ? Record(Free(state, slot), end with { Over = false }) : Free(state, slot);

    /// <summary>A backup ended, went, or gave the slot back; whether the slot is free is asked, not believed.</summary>
    public static ClusterState Record(ClusterState state, BackupEnd end)
    {
        var waiting = end.Phase.IsFinal() ? Without(state.Waiting, end.Uid) : state.Waiting;
        var known = state.Good.Any(good => good.Uid == end.Uid);
        var isThere = end is { Phase: BackupPhase.Succeeded, Removed: false } && end.Facts is not { Missing: true };
        var good = (isThere, known) switch
        {
            (true, false) => [.. state.Good.Append(new(end.Backup.Name, end.Uid, end.Completed, end.SizeBytes ?? 0, end.Facts?.ImportedFrom)).OrderByDescending(one => one.Time).Take(MostGood)],
            (false, true) => [.. state.Good.Where(one => one.Uid != end.Uid)],
            _ => state.Good,
        };
        return state with { Waiting = waiting, Good = good, ProvenBackup = !isThere && state.ProvenBackup?.Uid == end.Uid ? null : state.ProvenBackup };
    }

    /// <summary>Retention told how it stands.</summary>
    public static ClusterState Retain(ClusterState state, RetentionNews news) =>
        news.Uid != state.Uid ? state
        : JsonSerializer.Serialize(state.Retention) == JsonSerializer.Serialize(news.Status) && state.RetentionDue == news.Next ? state
        : state with { Retention = news.Status, RetentionDue = news.Next };

    /// <summary>The state with the conditions, the events and the status that go with it.</summary>
    public static ClusterState Tell(ClusterKey key, ClusterState before, ClusterState next, DateTimeOffset now)
    {
        if (next.Uid.Length == 0)
            return next with { Conditions = [], StatusOwed = false, EventsOwed = [] };
        var judged = ObjectivesMachine.Judge(next, now);
        var told = judged with { Conditions = ClusterStatusBuilder.Conditions(judged, now) };
        told = told with { EventsOwed = [.. told.EventsOwed.Concat(ClusterStatusBuilder.Events(key, before, told, now)).TakeLast(MostEvents)] };
        return JsonSerializer.Serialize(ClusterStatusBuilder.Build(before)) == JsonSerializer.Serialize(ClusterStatusBuilder.Build(told))
            ? told
            : told with { StatusOwed = true };
    }

    /// <summary>What a resource of another UID inherits: the queue, but not the catalogue; and what drills and restores said before the resource itself was heard of.</summary>
    private static ClusterState Renew(ClusterState state) => state with
    {
        Uid = "", Generation = 0, Faults = [], Sighting = null, Good = [], Sweeps = [], Schedules = [], Retention = null, RetentionDue = null, SweepWord = "", Import = null, ImportWord = "", Conditions = [], EventsOwed = [], DrillsKept = [],
        ProvenBackup = null, Objectives = null,
        Drilled = state.Uid.Length == 0 ? state.Drilled : [],
        Proven = state.Uid.Length == 0 ? state.Proven : null,
        Restored = state.Uid.Length == 0 ? state.Restored : null,
    };

    private static IReadOnlyList<ClusterWaiter> Without(IReadOnlyList<ClusterWaiter> waiting, string uid) =>
        waiting.Any(waiter => waiter.Uid == uid) ? [.. waiting.Where(waiter => waiter.Uid != uid)] : waiting;

    private static ClusterState Queue(ClusterState state, ClusterWaiter waiter) => state.Held().Any(held => held.Slot.Uid == waiter.Uid) || state.Waiting.Contains(waiter)
        ? state
        : state with
        {
            Waiting = [.. Without(state.Waiting, waiter.Uid).Append(waiter)
                .OrderBy(one => one.Use == SlotUse.Restore ? 0 : 1).ThenBy(one => one.Created).ThenBy(one => one.Backup, StringComparer.Ordinal)],
        };
}
