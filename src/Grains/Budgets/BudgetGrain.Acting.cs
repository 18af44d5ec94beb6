using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Budgets;

/// <summary>What the ledger stores, asks and shows.</summary>
internal sealed partial class BudgetGrain
{
    /// <summary>What changes within so long is shown together.</summary>
    private static readonly TimeSpan ShowPause = TimeSpan.FromSeconds(5);

    private const int AskedAtOnce = 10;

    private static readonly TimeSpan ShowLimit = TimeSpan.FromSeconds(30);

    private readonly BackoffClock showTrouble = new();
    private readonly Dictionary<string, long?> shares = [];
    private Dictionary<string, FleetBudgetStatus> shown = [];
    private readonly Dictionary<string, PlaceLease> suspects = [];
    private HashSet<string> storedQueue = [];
    private bool mustStoreQueue;
    private bool showing;

    private static HashSet<string> Queue(BudgetState state) => [.. state.Waiting.Select(waiter => waiter.Wish.Uid)];

    // Who waits is stored with the places, and else once a minute: all of them ask again within that time.
    private async Task StoreAsync()
    {
        var queue = Queue(State);
        await memory.WriteStateAsync();
        storedQueue = queue;
        ports.Metrics.Stored();
    }

    private void AskSoon(IEnumerable<PlaceLease> silent)
    {
        foreach (var lease in silent)
            suspects[lease.Wish.Uid] = lease;
        if (suspects.Count > 0)
            asks.Change(TimeSpan.Zero, Timeout.InfiniteTimeSpan);
    }

    // Calls down; nobody asked calls back. Whoever cannot be asked keeps its place.
    private async Task AskTheSilentAsync(CancellationToken cancellationToken)
    {
        var silent = suspects.Values.ToList();
        suspects.Clear();
        foreach (var some in silent.Chunk(AskedAtOnce))
            await Task.WhenAll(some.Select(AskAsync));
    }

    private async Task AskAsync(PlaceLease lease)
    {
        var wish = lease.Wish;
        try
        {
            Hear(new BudgetEvent.Answered(wish.Uid, lease.Number, await HoldsAsync(wish)));
        }
        catch (Exception exception)
        {
            LogHolderSilent(exception, wish.Kind, wish.Member, wish.Namespace, wish.Name);
            Hear(new BudgetEvent.Unanswered(wish.Uid, lease.Number));
        }
    }

    private async Task<bool> HoldsAsync(PlaceWish wish) => wish.Kind switch
    {
        WorkKind.Restore => await GrainFactory.GetGrain<IRestoreGrain>(new RestoreKey(new(wish.Member), wish.Namespace, wish.Name).ToString()).HoldsSlotAsync(wish.Uid),
        WorkKind.Drill => (await GrainFactory.GetGrain<IDrillGrain>(new DrillKey(new(wish.Member), wish.Namespace, wish.Name).ToString()).GetClaimAsync(wish.Uid)).Holds,
        _ => (await Backup(wish).GetClaimAsync(wish.Uid)).Holds,
    };

    private IBackupGrain Backup(PlaceWish wish) => GrainFactory.GetGrain<IBackupGrain>(new BackupKey(new(wish.Member), wish.Namespace, wish.Name).ToString());

    private void ShowSoon()
    {
        if (showing)
            return;
        showing = true;
        shows.Change(ShowPause, Timeout.InfiniteTimeSpan);
    }

    private async Task ShowAsync(CancellationToken cancellationToken)
    {
        showing = false;
        try
        {
            await TellSharesAsync();
            using var limit = new CancellationTokenSource(ShowLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            var next = new Dictionary<string, FleetBudgetStatus>();
            foreach (var budget in judgedBy ?? [])
            {
                var before = shown.GetValueOrDefault(budget.Name);
                var status = BudgetStatusBuilder.Build(budget, State, last?.Waits ?? new Dictionary<string, PlaceWait>(), before, Now);
                if (before is null || JsonSerializer.Serialize(before) != JsonSerializer.Serialize(status))
                    await ports.Writer.WriteAsync(budget.Name, status, both.Token);
                next[budget.Name] = shown[budget.Name] = status;
            }

            shown = next;
            ports.Metrics.Stand(next);
            showTrouble.Clear();
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            var pause = showTrouble.Next();
            LogShowFailed(exception, pause);
            showing = true;
            shows.Change(pause, Timeout.InfiniteTimeSpan);
        }
    }

    // A share that changed for those who run too: they follow with their next word on their progress.
    private async Task TellSharesAsync()
    {
        foreach (var lease in State.Leases.Where(lease => lease.Begun || lease.UploadBytesPerSecond is not null))
        {
            if (shares.TryGetValue(lease.Wish.Uid, out var said) ? said == lease.UploadBytesPerSecond : lease.UploadBytesPerSecond is null)
                continue;
            await Backup(lease.Wish).ShareAsync(lease.Wish.Uid, lease.UploadBytesPerSecond);
            shares[lease.Wish.Uid] = lease.UploadBytesPerSecond;
        }

        foreach (var gone in shares.Keys.Except(State.Leases.Select(lease => lease.Wish.Uid)).ToList())
            shares.Remove(gone);
    }
}
