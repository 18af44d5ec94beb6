using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Operator.Tests.Fleet;

public sealed class FleetDirectoryTests : IAsyncDisposable
{
    private readonly StandInApiServer server = new();
    private readonly FakeTimeProvider time = new();
    private readonly Things things;

    public FleetDirectoryTests() => things = new(time);

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public void Snapshot_BeforeTheFirstList_IsNotSynced() => Assert.False(things.Snapshot.Synced);

    [Fact]
    public async Task Snapshot_OfManyPages_IsSyncedOnceAllAreThere()
    {
        for (var i = 0; i < 60; i++)
            Put($"thing-{i:D2}", "a");
        server.PageFaults.Enqueue((500, ""));
        await using var directory = await StartAsync();

        var first = await UntilAsync(seen => seen.Synced);

        Assert.Equal(60, first.Entries.Count);
    }

    [Fact]
    public async Task Follow_AChange_BringsTheNewSnapshot()
    {
        Put("one", "a");
        await using var directory = await StartAsync();
        await UntilAsync(seen => seen.Synced);

        Put("one", "b");
        var changed = await UntilAsync(seen => seen.Entries["one"].Spec?.Word == "b");
        server.Delete("one");
        var gone = await UntilAsync(seen => seen.Entries.Count == 0);

        Assert.True(gone.Version > changed.Version);
        Assert.Equal("b", changed.Entries["one"].Spec!.Word);
    }

    [Fact]
    public async Task Snapshot_OfAFaultyResource_HasItsFaultsAndNoSpec()
    {
        server.Put("odd", new() { ["spec"] = new JsonObject { ["word"] = 5 } }, @namespace: null);
        await using var directory = await StartAsync();

        var entry = (await UntilAsync(seen => seen.Synced)).Entries["odd"];

        Assert.Null(entry.Spec);
        Assert.Contains("spec.word", Assert.Single(entry.Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_OfMoreThanAreTaken_RefusesTheRestByName()
    {
        for (var i = 0; i < Things.Limit + 2; i++)
            Put($"thing-{i:D3}", "a");
        await using var directory = await StartAsync();

        var all = await UntilAsync(seen => seen.Synced);

        Assert.Equal(Things.Limit, all.Specs.Count());
        Assert.Contains("the oldest 100 are taken", Assert.Single(all.Entries["thing-101"].Faults), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Snapshot_OfAServerThatIsAway_StaysAsItWas()
    {
        Put("one", "a");
        await using var directory = await StartAsync();
        await UntilAsync(seen => seen.Synced);

        server.DropAll();
        for (var i = 0; i < 20; i++)
            server.ListFaults.Enqueue((500, ""));

        Assert.True(things.Snapshot.Synced);
        Assert.Single(things.Snapshot.Entries);
    }

    [Fact]
    public void Snapshot_OfAKindThatIsNotInstalled_IsEmptyAndSyncedAfterAWhile()
    {
        var missing = new ApiRefusalException(404, "page not found");

        things.Broke(things, missing);
        time.Advance(TimeSpan.FromSeconds(29));
        things.Broke(things, missing);
        Assert.False(things.Snapshot.Synced);

        time.Advance(TimeSpan.FromSeconds(1));
        things.Broke(things, missing);
        Assert.True(things.Snapshot.Synced);
    }

    [Fact]
    public void Snapshot_OfAServerThatDoesNotAnswer_IsNeverSynced()
    {
        for (var i = 0; i < 10; i++)
        {
            things.Broke(things, new HttpRequestException("no route"));
            time.Advance(TimeSpan.FromMinutes(1));
        }

        Assert.False(things.Snapshot.Synced);
    }

    private void Put(string name, string word) => server.Put(name, new() { ["spec"] = new JsonObject { ["word"] = word } }, @namespace: null);

    private async Task<FleetSnapshot<Thing>> UntilAsync(Func<FleetSnapshot<Thing>, bool> holds)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await foreach (var seen in things.FollowAsync(patience.Token))
        {
            if (holds(seen))
                return seen;
        }
        throw new InvalidOperationException("The changes ended.");
    }

    private async Task<RunningDirectory> StartAsync()
    {
        var running = new RunningDirectory(server, things);
        await running.Directory.StartAsync(CancellationToken.None);
        return running;
    }

    private sealed record Thing(string Word);

    private sealed class Things(TimeProvider time) : FleetKind<Thing>(time)
    {
        public const int Limit = 100;

        public override string Kind => "Thing";

        public override string Collection => "apis/example.com/v1/things";

        protected override int Most => Limit;

        protected override SpecReading<Thing> Read(ResourceHeader header, JsonElement document)
        {
            var faults = new FaultList();
            var word = new FieldReader(document, "", "", faults).Section("spec")?.Required("word");
            return SpecReading<Thing>.Of(header, faults, () => new(word!));
        }
    }

    private sealed class RunningDirectory : IAsyncDisposable
    {
        private readonly DirectoryInfo folder = System.IO.Directory.CreateTempSubdirectory("fleet-");
        private readonly MemberConnections members;

        public RunningDirectory(StandInApiServer server, IFleetKind kind)
        {
            members = Connections.At(server.Address, folder);
            Directory = new(members, [kind], Options.Create(RunningWatch.Options()), TimeProvider.System, NullLogger<FleetDirectory>.Instance);
        }

        public FleetDirectory Directory { get; }

        public async ValueTask DisposeAsync()
        {
            await Directory.StopAsync(CancellationToken.None);
            Directory.Dispose();
            members.Dispose();
            folder.Delete(recursive: true);
        }
    }
}
