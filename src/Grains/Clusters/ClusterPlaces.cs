using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Budgets;

namespace ControlPlane.Grains.Clusters;

/// <summary>Places in the fleet's budgets for those who may have the cluster's slot. Where the fleet has no budget, nobody is asked.</summary>
/// <param name="cluster">The cluster.</param>
/// <param name="fleet">What the budgets say.</param>
/// <param name="ledger">Who hands the places out.</param>
/// <param name="time">The clock.</param>
internal sealed class ClusterPlaces(ClusterKey cluster, IFleetBudgets fleet, Func<IBudgetGrain> ledger, TimeProvider time)
{
    private static readonly PlaceAnswer NotRead = new() { Wait = new() { Reason = Reasons.WaitingForPlace, Message = "The fleet's budgets have not been read yet." } };

    /// <summary>Whether the fleet has no budget.</summary>
    public bool AreFree => fleet.Current is { Count: 0 };

    /// <summary>Whether somebody was told to wait because the budgets have not been read: then it is judged again, soon.</summary>
    public bool WasBlind { get; set; }

    /// <summary>Asks for a place.</summary>
    /// <param name="waiter">Who may have the slot.</param>
    /// <param name="spec">The cluster's spec.</param>
    /// <param name="place">The bucket that it writes to or reads; null where that is not known.</param>
    public async Task<PlaceAnswer> AskAsync(ClusterWaiter waiter, ClusterSpec spec, BucketPlace? place)
    {
        if (fleet.Current is null)
        {
            WasBlind = true;
            return NotRead;
        }

        return await ledger().AskAsync(Wish(waiter, spec, place), time.GetUtcNow());
    }

    /// <summary>Why the cluster's own windows and blackouts do not let it begin now; null where they do. An import moves no data.</summary>
    public BackupRefusal? Objection(ClusterWaiter waiter, ClusterSpec spec) =>
        waiter.Use == SlotUse.Import || spec.Times.Judge(KindOf(waiter), time.GetUtcNow()) is not { } objection ? null
        : Refusal(waiter, spec, new() { Reason = objection.Reason, Message = $"{objection.Message} (spec.backup of the cluster)", ExpectedStart = objection.Until });

    /// <summary>The bucket of one of the cluster's storages.</summary>
    public BucketPlace? PlaceOf(StorageSpec? storage) => storage is null ? null : BucketPlace.Of(storage.Request, cluster.Member.Name, cluster.Namespace);

    /// <summary>One of the cluster's backups.</summary>
    public BackupKey KeyOf(string backup) => new(cluster.Member, cluster.Namespace, backup);

    /// <summary>Whoever had the slot does not hold it any more, or waits no longer.</summary>
    public Task GiveBackAsync(string uid, long number) => AreFree && number == 0 ? Task.CompletedTask : ledger().GiveBackAsync(uid, number);

    /// <summary>Those who wait, in the order in which they ask: where places are counted, it is the ledger's.</summary>
    public IEnumerable<ClusterWaiter> InOrder(IReadOnlyList<ClusterWaiter> waiting) =>
        AreFree ? waiting : waiting.OrderBy(waiter => PlaceOrder.Turn(KindOf(waiter), waiter.Created)).ThenBy(KindOf).ThenBy(waiter => waiter.Uid, StringComparer.Ordinal);

    /// <summary>Why a waiter waits for its place.</summary>
    public static BackupRefusal Refusal(ClusterWaiter waiter, ClusterSpec spec, PlaceWait wait) =>
        new() { Uid = waiter.Uid, Reason = wait.Reason, Message = wait.Message, StartingDeadline = spec.StartingDeadline, Line = wait };

    private static WorkKind KindOf(ClusterWaiter waiter) => waiter.Use switch
    {
        SlotUse.Drill => WorkKind.Drill,
        SlotUse.Restore => WorkKind.Restore,
        _ => waiter.Scheduled ? WorkKind.Scheduled : WorkKind.OnDemand,
    };

    private PlaceWish Wish(ClusterWaiter waiter, ClusterSpec spec, BucketPlace? place) => new()
    {
        Kind = KindOf(waiter),
        Member = cluster.Member.Name,
        Namespace = cluster.Namespace,
        Name = waiter.Backup[(waiter.Backup.LastIndexOf('/') + 1)..],
        Uid = waiter.Uid,
        Cluster = cluster.Name,
        Since = waiter.Created,
        Place = place,
        Node = waiter.Node,
        Longest = spec.ActiveDeadline,
    };
}
