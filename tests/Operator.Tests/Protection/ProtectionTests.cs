using System.Reflection;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Operator.Tests.Protection;

public sealed class ProtectionTests
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    private readonly FakeTimeProvider time = new();
    private readonly ProtectionRegister register = new();
    private readonly List<ResourceEvent> told = [];
    private Exception? trouble;
    private ProtectionKeeper? keeper;

    public ProtectionTests()
    {
        register.BeginClusters(Local);
        register.Settle(Local, "1");
    }

    [Theory]
    [InlineData("spec/backup/schedule", """[{ "name": "a", "schedule": "@daily", "storageName": "main" }]""", null)]
    [InlineData("spec/backup/schedule", "[]", Reasons.NoSchedule)]
    [InlineData("spec/backup/schedule", """[{ "name": "a", "schedule": "", "storageName": "main" }]""", Reasons.NoSchedule)]
    [InlineData("spec/backup/schedule", """[{ "name": "a", "schedule": "@daily", "storageName": "main", "suspended": true }]""", Reasons.NoSchedule)]
    [InlineData("spec/backup/enabled", "false", Reasons.BackupsDisabled)]
    [InlineData("spec/suspended", "true", Reasons.Suspended)]
    [InlineData("spec/engine", "5", Reasons.Invalid)]
    public void Note_OfACluster_SaysWhyNothingFallsDue(string path, string json, string? expected)
    {
        var reading = Documents.ReadCluster(Documents.Cluster().With(path, json));

        Assert.Equal(expected, ClusterNote.Of(reading, "orders-mysql", []).Lacks);
    }

    [Fact]
    public async Task Database_ThatAClusterDescribes_IsNotMissed()
    {
        await SeeAsync("orders-mysql", "mysql:8");
        await SeeAsync("other-mysql", "mysql:8");
        await SeeAsync("web", "nginx:1");
        register.Note(new ClusterKey(Local, "shop", "orders"), new("orders-mysql", [], [], null));
        register.Note(new ClusterKey(Local, "bank", "other"), new("other-mysql", [], [], Reasons.NoSchedule));

        Assert.Equal("other-mysql", Assert.Single(register.Undescribed(Local)!.All).Name);
        var seen = register.See(Local);
        Assert.Equal((2, 1, 2, 1), (seen.Clusters, seen.ClustersWithout, seen.Databases, seen.DatabasesWithout));
    }

    [Fact]
    public async Task Database_BeforeAllClustersAreKnown_IsNotCalledUndescribed()
    {
        register.BeginClusters(Local);
        await SeeAsync("orders-mysql", "mysql:8");
        time.Advance(TimeSpan.FromMinutes(5));
        await TellAsync();

        Assert.Null(register.Undescribed(Local));
        Assert.Empty(told);
        register.Settle(Local, "1");
        Assert.Single(register.Undescribed(Local)!.All);
    }

    [Fact]
    public void See_CountsWhatEachPolicyComesTo()
    {
        for (var index = 0; index < 3; index++)
            register.Note(new ClusterKey(Local, "shop", $"c{index}"), new($"w{index}", ["gold", "silver"], [], null) { Parts = [new("gold", "retention"), new("silver", "schedule.nightly")] });
        register.Note(new ClusterKey(Local, "shop", "own"), new("w", ["gold"], [], null));
        register.Note(new ClusterKey(Local, "shop", "bad"), new("b", ["gold"], [new() { Field = "image", Policies = ["gold", "iron"], Message = "" }], Reasons.Invalid));
        register.Forget(new ClusterKey(Local, "shop", "c2"));

        var seen = register.See(Local).Policies;
        Assert.Equal(["gold 4 1 1 retention=2", "silver 2 0 0 schedule.nightly=2"], seen.Select(one =>
            $"{one.Policy} {one.Matched} {one.Conflicting} {one.Faulty} {string.Join(' ', one.Parts.Select(part => $"{part.Part}={part.Clusters}"))}"));
        Assert.Equal("local/shop/bad", Assert.Single(seen[0].Named).Cluster);
    }

    [Fact]
    public void Notes_OfManyClusters_ShareTheirListsAndLetThemGo()
    {
        var shared = new SharedNotes();
        var notes = Enumerable.Range(0, 100).Select(index => shared.Share(new($"w{index}", ["gold"], [], null) { Parts = [new("gold", "retention")] })).ToList();
        Assert.Equal(1, shared.Count);
        Assert.Same(notes[0].Parts, notes[99].Parts);

        foreach (var note in notes)
            shared.Release(note);
        Assert.Equal(0, shared.Count);
    }

    [Fact]
    public async Task Database_ThatChangesItsImageOrGoes_IsOneNoMore()
    {
        await SeeAsync("orders-mysql", "mysql:8");
        await SeeAsync("orders-mysql", "nginx:1", generation: 2);
        Assert.Equal(0, register.See(Local).Databases);

        await SeeAsync("orders-mysql", "mysql:8", generation: 3);
        await SeeAsync("orders-mysql", null);
        Assert.Equal(0, register.See(Local).Databases);
    }

    [Fact]
    public async Task Database_ThatNobodyDescribes_IsToldOfOnceAfterAWhile()
    {
        await SeeAsync("orders-mysql", "mysql:8");
        await TellAsync();
        Assert.Empty(told);

        time.Advance(TimeSpan.FromMinutes(5));
        trouble = new InvalidOperationException("The API server is away.");
        await TellAsync();
        trouble = null;
        await TellAsync();
        await SeeAsync("orders-mysql", "mysql:8.4", generation: 2);
        await TellAsync();

        var said = Assert.Single(told);
        Assert.Equal(("StatefulSet", "apps/v1", "shop", "orders-mysql", Reasons.NotDescribed, true), (said.Kind, said.ApiVersion, said.Namespace, said.Name, said.Reason, said.Warning));
        Assert.Contains("'mysql:8'", said.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Databases_OfAWholeFleet_AreToldOfByAndBy()
    {
        for (var index = 0; index < 50; index++)
            await SeeAsync($"db-{index}", "mysql:8");
        time.Advance(TimeSpan.FromMinutes(5));

        await TellAsync();
        Assert.Equal(20, told.Count);
        await TellAsync();
        await TellAsync();

        Assert.Equal(50, told.Select(one => one.Name).Distinct().Count());
        Assert.Equal(50, told.Count);
    }

    [Fact]
    public async Task Member_ThatIsWatchedElsewhere_LeavesNothingHere()
    {
        await SeeAsync("orders-mysql", "mysql:8");
        register.Note(new ClusterKey(Local, "shop", "orders"), new("", [], [], null));

        register.EndClusters(Local);
        register.ForgetDatabases(Local);

        Assert.Empty(register.Watched());
        Assert.Equal(0, register.See(Local).Clusters);
    }

    private Task TellAsync()
    {
        var writer = DispatchProxy.Create<IStatusWriter, RecordingGrains.Proxy>();
        ((RecordingGrains.Proxy)(object)writer).Answer = (_, arguments) =>
        {
            if (trouble is not null)
                return Task.FromException(trouble);
            told.Add((ResourceEvent)arguments[0]!);
            return Task.CompletedTask;
        };
        keeper ??= new ProtectionKeeper(register, writer, Options.Create(new DiscoveryOptions()), time, NullLogger<ProtectionKeeper>.Instance);
        return keeper.TellAsync(default);
    }

    private Task SeeAsync(string name, string? image, long generation = 1)
    {
        var handler = new DatabaseHandler(register, Options.Create(new DiscoveryOptions()), time);
        var document = (JsonObject)JsonNode.Parse($$"""
            { "metadata": { "namespace": "shop", "name": "{{name}}", "uid": "u-{{name}}", "resourceVersion": "{{generation}}", "generation": {{generation}} },
              "spec": { "replicas": 2, "template": { "spec": { "containers": [{ "name": "db", "image": "{{image}}" }] } } } }
            """)!;
        var header = Documents.Header(document);
        return handler.HandleAsync(
            new()
            {
                Member = Local,
                Namespace = header.Namespace,
                Name = header.Name,
                Uid = header.Uid,
                Resource = image is null ? null : new SeenResource(header, Encoding.UTF8.GetBytes(document.ToJsonString())),
                Remembered = handler.Remember(header),
                Before = generation == 1 ? null : "0",
            },
            default);
    }
}
