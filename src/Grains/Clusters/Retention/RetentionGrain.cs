using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>
/// Keeps the catalogue of one cluster, and lets go what its rules do not keep. Its cluster wakes it: when something changed, when it asked to be
/// woken, and once after each crash. So it is not there while there is nothing to do, and its catalogue takes no memory.
/// </summary>
[GrainType("retention")]
[CollectionAgeLimit(Minutes = 5)]
internal sealed partial class RetentionGrain(
    [PersistentState(RetentionGrain.StateName)] IPersistentState<RetentionState> memory,
    RetentionPorts ports,
    [FromKeyedServices(TimeProviderNames.Grains)] TimeProvider time,
    ILogger<RetentionGrain> logger) : Grain, IRetentionGrain
{
    internal const string StateName = "retention";

    // So many resources go in one turn; the next one takes the others.
    private const int MostPartings = 50;

    private static readonly TimeSpan ActionLimit = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(1);

    private readonly BackoffClock trouble = new();
    private readonly HashSet<string> ensured = [];
    private readonly HashSet<string> parted = [];
    private ClusterKey key;
    private ClusterSpec? spec;
    private IGrainTimer work = null!;
    private bool mustLook;

    private RetentionState State => memory.State;

    private DateTimeOffset Now => time.GetUtcNow();

    public override Task OnActivateAsync(CancellationToken cancellationToken)
    {
        key = ClusterKey.Parse(this.GetPrimaryKeyString());
        work = this.RegisterGrainTimer(WorkAsync, new GrainTimerCreationOptions(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan));
        return Task.CompletedTask;
    }

    public Task FollowAsync(ClusterSpec spec, CancellationToken cancellationToken)
    {
        (this.spec, mustLook) = (spec, true);
        parted.Clear();
        WorkIn(TimeSpan.Zero);
        return Task.CompletedTask;
    }

    public Task RecordAsync(BackupEnd end, CancellationToken cancellationToken) =>
        RememberAsync(AnomalyJudge.Take(State, RetentionMachine.Record(State, end), end.Uid, Now));

    public Task ObserveAsync(JobSighting sighting, CancellationToken cancellationToken) => RememberAsync(PruneMachine.Observe(State, sighting, Now, looked: false));

    public Task<string?> FindOwnerAsync(string folderUid, string askingUid, CancellationToken cancellationToken) =>
        Task.FromResult(RetentionMachine.FindOwner(State, folderUid, askingUid));

    public Task<string?> ChooseAsync(BackupChoice choice, CancellationToken cancellationToken) => Task.FromResult(RetentionMachine.Choose(State, choice)?.Name);

    public Task<StockRequest> DescribeAsync(StockInquiry inquiry, CancellationToken cancellationToken) => Task.FromResult(StockMachine.Describe(State, inquiry));

    // What a backup makes of it comes back as its news.
    public async Task CompareAsync(StockFindings findings, CancellationToken cancellationToken)
    {
        var missing = findings.Missing.ToHashSet(StringComparer.Ordinal);
        foreach (var entry in StockMachine.Changed(State, findings).ToList())
            await Backup(entry).ObserveDataAsync(new() { Uid = entry.Uid, Missing = missing.Contains(entry.Folder.ToString()) }, cancellationToken);
    }

    private async Task WorkAsync(CancellationToken cancellationToken)
    {
        // Where its member is away, its cluster wakes it again.
        if (spec is not { } asked || ports.Members.StandingOf(key.Member) != MemberStanding.Present)
            return;
        try
        {
            using var limit = new CancellationTokenSource(ActionLimit, time);
            using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
            await RememberAsync(RetentionMachine.Expire(RetentionMachine.Plan(State, asked, Now), asked, Now));
            await WarnAsync(both.Token);
            await AskAsync();
            var hindrance = await PruneAsync(asked, both.Token);
            var more = await PartAsync(asked, both.Token);
            await RecordEventsAsync(both.Token);
            await Cluster.RetentionTellsAsync(new() { Uid = asked.Uid, Status = RetentionStory.Status(State, asked, Now), Next = RetentionMachine.Next(State, asked, Now) });
            if (hindrance is not null)
                TryAgain(hindrance);
            else
                trouble.Clear();
            if (hindrance is null && (more || RetentionMachine.Asked(State).Any()))
                WorkIn(Soon);
        }
        catch (Exception exception) when (!cancellationToken.IsCancellationRequested)
        {
            TryAgain(exception);
        }
    }

    private void TryAgain(Exception exception)
    {
        var pause = trouble.Next();
        LogActionFailed(exception, key, pause);
        WorkIn(pause);
    }

    // Remembered since they came into the catalogue, and told until they have heard.
    private async Task WarnAsync(CancellationToken cancellationToken)
    {
        foreach (var entry in State.Entries.Where(entry => entry.Unusual is not null).ToList())
        {
            await Backup(entry).CompareAsync(new() { Uid = entry.Uid, Found = entry.Unusual! }, cancellationToken);
            await RememberAsync(RetentionMachine.With(State, new HashSet<string> { entry.Uid }, one => one with { Unusual = null }));
        }
    }

    // Remembered before they are asked: one that agrees and is not remembered would wait for its removal for ever.
    private async Task AskAsync()
    {
        var answers = new Dictionary<string, bool>();
        foreach (var entry in RetentionMachine.Asked(State).ToList())
            answers[entry.Uid] = await Backup(entry).ExpireAsync(new() { Uid = entry.Uid, Message = entry.Why });
        await RememberAsync(RetentionMachine.Answer(State, answers));
    }

    // What the API server refuses keeps nothing else waiting, and the owner reads of it: so it is only an answer here.
    private async Task<Exception?> PruneAsync(ClusterSpec asked, CancellationToken cancellationToken)
    {
        Exception? hindrance = null;
        await RememberAsync(PruneMachine.Begin(key, State, asked, Now));
        foreach (var prune in State.Prunes.Where(prune => prune.Job is not null).ToList())
        {
            if (!ensured.Contains(prune.Job!) && PruneMachine.Order(key, State, asked, prune) is { } order)
                hindrance = await EnsureAsync(prune, order, cancellationToken) ?? hindrance;
            if (mustLook && PruneMachine.MayBeOver(prune, Now))
            {
                var sighting = await ports.Dispatcher.LookAtJobAsync(JobSubject.Of(key), prune.Job!, cancellationToken);
                await RememberAsync(PruneMachine.Observe(State, sighting, Now, looked: true));
            }
        }

        ensured.IntersectWith(State.Prunes.Select(prune => prune.Job).OfType<string>());
        mustLook = false;
        return hindrance;
    }

    private async Task<Exception?> EnsureAsync(StoragePrune prune, JobOrder order, CancellationToken cancellationToken)
    {
        try
        {
            await ports.Dispatcher.EnsureJobAsync(order, cancellationToken);
            ensured.Add(order.Job);
            return null;
        }
        catch (Exception exception) when (exception is not OperationCanceledException)
        {
            await RememberAsync(PruneMachine.Hinder(State, prune, $"The Job could not be asked for: {exception.Message}"));
            return exception;
        }
    }

    // Whose data is gone says so first: its finalizer then falls without a Job of its own.
    private async Task<bool> PartAsync(ClusterSpec asked, CancellationToken cancellationToken)
    {
        // Each once a tick: one that does not go keeps no other waiting.
        var parting = RetentionMachine.Parting(State, asked).Where(entry => !parted.Contains(entry.Uid)).ToList();
        foreach (var entry in parting.Take(MostPartings))
        {
            if (entry.Removed && !await Backup(entry).PrunedAsync(entry.Uid, cancellationToken))
                await RememberAsync(RetentionMachine.Drop(State, entry.Uid));
            else
                await ports.Remover.RemoveAsync(KeyOf(entry), entry.Uid, cancellationToken);
            parted.Add(entry.Uid);
        }

        return parting.Count > MostPartings;
    }

    private async Task RecordEventsAsync(CancellationToken cancellationToken)
    {
        while (State.EventsOwed is [var first, ..])
        {
            await ports.Writer.RecordAsync(first, cancellationToken);
            memory.State = State with { EventsOwed = [.. State.EventsOwed.Skip(1)] };
        }

        // They were the last thing that was worth remembering.
        if (State.IsEmpty && memory.RecordExists)
            await memory.ClearStateAsync(cancellationToken);
    }

    private async Task RememberAsync(RetentionState next)
    {
        var told = next == State ? next : RetentionStory.Tell(key, State, next, Now);
        if (told == State || (told.IsEmpty && !memory.RecordExists))
            return;
        memory.State = told;
        try
        {
            await (told.IsEmpty ? memory.ClearStateAsync() : memory.WriteStateAsync());
        }
        catch
        {
            // What is stored is not known any more: the next activation reads it.
            DeactivateOnIdle();
            throw;
        }
    }

    private void WorkIn(TimeSpan pause) => work.Change(pause, Timeout.InfiniteTimeSpan);

    private BackupKey KeyOf(CatalogueEntry entry) => new(key.Member, key.Namespace, entry.Name);

    private IBackupGrain Backup(CatalogueEntry entry) => GrainFactory.GetGrain<IBackupGrain>(KeyOf(entry).ToString());

    private IClusterGrain Cluster => GrainFactory.GetGrain<IClusterGrain>(key.ToString());

    [LoggerMessage(1111, LogLevel.Warning, "Retention of cluster {Cluster} could not act; it is tried again in {Pause}")]
    private partial void LogActionFailed(Exception exception, ClusterKey cluster, TimeSpan pause);
}
