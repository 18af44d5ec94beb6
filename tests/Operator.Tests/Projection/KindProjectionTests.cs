using System.Diagnostics;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Tests.Fixtures;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.Projection;

/// <summary>From the watch to the read model: in batches, in the end right, and never in the watch's way for long.</summary>
public sealed class KindProjectionTests : IAsyncDisposable
{
    private static readonly MemberKey Member = new(MemberKey.Local);

    private readonly StandInFleetView view = new();
    private readonly CancellationTokenSource stop = new();
    private readonly List<Task> work = [];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await Task.WhenAll(work.Select(task => task.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default)));
        stop.Dispose();
    }

    [Fact]
    public async Task List_ToItsEnd_IsWrittenInBatchesAndSyncedOnce()
    {
        var projection = Running();
        Assert.True(projection.BeginList());
        for (var number = 0; number < 1200; number++)
            await projection.TakeAsync(Row(number), default);
        Assert.Null(view.Synced);
        projection.EndList();

        await UntilAsync(() => view.Synced is not null, "a complete list");
        Assert.Equal(1200, view.Rows.Count);
        Assert.All(view.Batches, batch => Assert.InRange(batch.Rows.Count, 0, FleetBatch.Most));
        Assert.Equal((1, true), (view.Claims, view.Batches[^1].Replaces));

        // The next one brings only what is new, and says that all is known.
        Assert.False(projection.BeginList());
        projection.EndList();
        await UntilAsync(() => view.Batches[^1] is { Rows.Count: 0, Replaces: false, Synced: not null }, "another complete list");
    }

    [Fact]
    public async Task Changes_OfOneResource_AreWrittenAsItsLastState()
    {
        var projection = Running();
        projection.BeginList();
        projection.EndList();
        await UntilAsync(() => view.Synced is not null, "a complete list");
        var gate = Hold();
        for (var change = 0; change < 100; change++)
            await projection.TakeAsync(Row(1) with { Uid = FormattableString.Invariant($"u{change}") }, default);
        await projection.TakeAsync(Row(2), default);
        await projection.LoseAsync("shop", "b2", "u2", default);
        gate.SetResult();

        await UntilAsync(() => view.Rows.GetValueOrDefault("b1") == "u99" && !view.Rows.ContainsKey("b2"), "the last states");
        Assert.True(view.Batches.Sum(batch => batch.Rows.Count) < 10);
    }

    [Fact]
    public async Task Write_ThatFails_IsTriedAgainUntilAllIsThere()
    {
        var failures = 0;
        view.First = () => failures++ < 3 ? Task.FromException(new IOException("The database is away.")) : Task.CompletedTask;
        var projection = Running();
        projection.BeginList();
        await projection.TakeAsync(Row(1), default);
        projection.EndList();

        await UntilAsync(() => view.Synced is not null && view.Rows.Count == 1, "the row");
        Assert.True(failures > 3);
    }

    [Fact]
    public async Task Watch_WhileTheReadModelHangs_GoesOnAndTheNextListBringsAll()
    {
        var gate = Hold();
        var projection = Running(options => (options.LongestQueue, options.LongestWait) = (100, TimeSpan.FromMilliseconds(200)));
        projection.BeginList();
        var began = Stopwatch.StartNew();
        for (var number = 0; number < 5000; number++)
            await projection.TakeAsync(Row(number), default);
        projection.EndList();

        // One wait for a place in the queue, and no more after it.
        Assert.InRange(began.Elapsed, TimeSpan.FromMilliseconds(150), TimeSpan.FromSeconds(10));
        gate.SetResult();
        Assert.True(projection.BeginList());
        for (var number = 0; number < 300; number++)
            await projection.TakeAsync(Row(number), default);
        projection.EndList();

        await UntilAsync(() => view.Synced is not null, "the second list");
        Assert.Equal(300, view.Rows.Count);
    }

    [Fact]
    public async Task Owner_ThatWasSuperseded_WritesNothingUntilItListsAnew()
    {
        var (late, owner) = (Running(), Running());
        late.BeginList();
        await late.TakeAsync(Row(1), default);
        late.EndList();
        await UntilAsync(() => view.Rows.Count == 1, "the first owner's row");
        owner.BeginList();
        await owner.TakeAsync(Row(2), default);
        owner.EndList();
        await UntilAsync(() => view.Rows.Keys.SequenceEqual(["b2"]), "the second owner's list");

        var before = view.Batches.Count;
        await late.TakeAsync(Row(3), default);
        await late.LoseAsync("shop", "b2", "u2", default);
        await owner.TakeAsync(Row(4), default);
        await UntilAsync(() => view.Rows.Count == 2, "the second owner's row");
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, TestContext.Current.CancellationToken);
        Assert.Equal(["b2", "b4"], view.Rows.Keys.Order());
        Assert.Equal(before + 1, view.Batches.Count);
    }

    /// <summary>A whole watch, with everything that may go wrong with it by chance, and a read model that fails by chance: in the end both say the same.</summary>
    [Fact]
    public async Task Watch_WithFaultsOfEachKind_IsRightInTheReadModelInTheEnd()
    {
        await using var server = new StandInApiServer();
        var random = new Random(7);
        view.First = () => random.Next(4) == 0 ? Task.FromException(new IOException("away")) : Task.CompletedTask;
        for (var number = 0; number < 120; number++)
            server.Put(FormattableString.Invariant($"thing-{number:D3}"));
        var projection = Running();
        await using var watch = RunningWatch.Of(server, new RecordingHandler(), RunningWatch.Options(TimeSpan.FromSeconds(2)), projection);
        for (var round = 0; round < 60; round++)
        {
            var name = FormattableString.Invariant($"thing-{random.Next(160):D3}");
            if (random.Next(3) == 0 && server.Stored().ContainsKey(name))
                server.Delete(name);
            else
                server.Put(name);
            if (random.Next(10) == 0)
                server.DropAll();
            if (random.Next(20) == 0)
                server.Compact();
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System, TestContext.Current.CancellationToken);
        }

        await UntilAsync(() => server.Stored().ToDictionary(one => one.Key, one => one.Value.Uid) is var stored && stored.Count == view.Rows.Count && !stored.Except(view.Rows).Any(), "the same in both");
    }

    private TaskCompletionSource Hold()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        view.First = () => gate.Task;
        return gate;
    }

    private KindProjection Running(Action<ProjectionOptions>? change = null)
    {
        var options = new ProjectionOptions { Linger = TimeSpan.FromMilliseconds(5), ShortestPause = TimeSpan.FromMilliseconds(10), LongestPause = TimeSpan.FromMilliseconds(20) };
        change?.Invoke(options);
        var projection = new KindProjection(Member, RowKind.Backup, view, options, TimeProvider.System, NullLogger.Instance);
        work.Add(projection.RunAsync(stop.Token));
        return projection;
    }

    private static async Task UntilAsync(Func<bool> holds, string what)
    {
        var began = Stopwatch.StartNew();
        while (!holds())
        {
            Assert.True(began.Elapsed < TimeSpan.FromSeconds(30), $"There was never {what}.");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    private static BackupRow Row(int number) => new()
    {
        Namespace = "shop", Name = FormattableString.Invariant($"b{number}"), Uid = FormattableString.Invariant($"u{number}"), Created = DateTimeOffset.UnixEpoch, Cluster = "orders", Storage = "main", Phase = "Pending",
    };
}
