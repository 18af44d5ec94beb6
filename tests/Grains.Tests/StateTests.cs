using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Budgets;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Drills;
using ControlPlane.Grains.Restores;
using ControlPlane.Grains.Tests.Budgets;
using ControlPlane.Grains.Tests.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Serialization;
using Orleans.Storage;

namespace ControlPlane.Grains.Tests;

/// <summary>What is stored: how it is named, and that it is read as it was written.</summary>
public sealed class StateTests
{
    // The stock storage knows a record by the state's name and the key alone, and reads a key that looks like a number as one.
    [Fact]
    public void Names_OfAllStates_AreUnique()
    {
        var names = typeof(GrainsServices).Assembly.GetTypes().SelectMany(type => type.GetConstructors()).SelectMany(constructor => constructor.GetParameters())
            .Select(parameter => parameter.GetCustomAttribute<PersistentStateAttribute>()?.StateName).OfType<string>().ToList();

        Assert.Equal(["backup", "budgets", "cluster", "drill", "restore", "retention"], names.Order());
    }

    [Fact]
    public void Keys_OfAllGrains_HoldASlash() =>
        Assert.All([Samples.Key.ToString(), Samples.Cluster.ToString(), Samples.Member.ToString(), IBudgetGrain.Key], key => Assert.Contains('/', key));

    [Fact]
    public void BackupState_WrittenAndRead_IsTheSame()
    {
        foreach (var life in new[] { Life.Asking(), Life.Checking(), Life.Clearing(), Life.Stopping(), Life.Succeeded(), Life.RemovalFailed(), Life.Forgetting(), Life.RewrapFailed() })
            AssertSame(life.State);
    }

    [Fact]
    public void RestoreState_WrittenAndRead_IsTheSame()
    {
        foreach (var life in new[] { RestoreLife.Asking(), RestoreLife.Planning(), RestoreLife.Clearing(), RestoreLife.Undoing(), RestoreLife.Holding(), RestoreLife.Forgetting() })
            AssertSame(life.State);
    }

    [Fact]
    public void DrillState_WrittenAndRead_IsTheSame()
    {
        foreach (var life in new[] { DrillLife.Scheduled(), DrillLife.Asking(), DrillLife.Finding(), DrillLife.Working(DrillLife.Weekly() with { Word = "now" }), DrillLife.Passed(), DrillLife.Failed(), DrillLife.Clearing(), DrillLife.Forgetting() })
            AssertSame(life.State);
    }

    [Fact]
    public void BudgetState_WrittenAndRead_IsTheSame() => AssertSame(new Ledger(Ledger.Budget(total: 2)).Ask(Ledger.Wish("a"), Ledger.Wish("b"), Ledger.Wish("c", WorkKind.Drill, node: "n1")).Begin("a").End("a").Begin("b").State);

    [Fact]
    public void Samples_OfDrills_HaveEveryPhaseAndErrand()
    {
        var documents = Directory.EnumerateFiles(SampleFolder, "drill-*.json", SearchOption.AllDirectories).Select(file => JsonNode.Parse(File.ReadAllText(file))!).ToList();

        Assert.Empty(Enum.GetNames<DrillPhase>().Except(documents.Select(document => document["Phase"]!.GetValue<string>())));
        Assert.Empty(Enum.GetNames<DrillErrand>().Except(documents.Select(document => document["Errand"]!.GetValue<string>())));
    }

    [Fact]
    public void Samples_OfRestores_HaveEveryPhaseAndErrand()
    {
        var documents = Directory.EnumerateFiles(SampleFolder, "restore-*.json", SearchOption.AllDirectories).Select(file => JsonNode.Parse(File.ReadAllText(file))!).ToList();

        Assert.Empty(Enum.GetNames<RestorePhase>().Except(documents.Select(document => document["Phase"]!.GetValue<string>())));
        Assert.Empty(Enum.GetNames<RestoreErrand>().Except(documents.Select(document => document["Errand"]!.GetValue<string>())));
    }

    [Fact]
    public void ClusterState_WrittenAndRead_IsTheSame() =>
        AssertSame(ClusterMachine.Tell(Samples.Cluster, new(), ClusterMachine.Apply(new(), Samples.ClusterSpec()) with
        {
            Running = new("local/shop/backup1", Samples.Uid),
            Sweeps = [new() { Storage = "s3-main", Due = Samples.Start, Completed = Samples.Start, Found = new() { Strangers = 1, StrangerKeys = ["readme"] } }],
        }, Samples.Start));

    [Fact]
    public void RetentionState_WrittenAndRead_IsTheSame() => AssertSame(PruneMachine.Begin(Samples.Cluster, Retained.Agreed(4, keep: 1), Retained.Keeping(1), Samples.Start.AddHours(2)));

    // In a rolling upgrade: what a newer release merely added is lost when an older one writes, and so must be nothing that matters.
    [Fact]
    public void BackupState_WithAMemberOfALaterRelease_IsReadWithoutIt()
    {
        var state = Serializer().Deserialize<BackupState>(BinaryData.FromString("""{"SchemaVersion":1,"Uid":"u1","Later":{"X":1},"Phase":"Running"}"""))!;

        Assert.Equal(("u1", BackupPhase.Running), (state.Uid, state.Phase));
        Assert.DoesNotContain("Later", Serializer().Serialize(state).ToString(), StringComparison.Ordinal);
    }

    // What matters has a new form, which an older release does not touch, whether or not it could read the rest.
    [Theory]
    [InlineData("""{"SchemaVersion":2,"Uid":"u1","Phase":"Running"}""")]
    [InlineData("""{"Uid":"u1","Phase":"Hovering","Attempts":7,"SchemaVersion":9}""")]
    public void BackupState_OfANewerForm_IsRefused(string document)
    {
        var refused = Assert.Throws<NewerStateException>(() => Serializer().Deserialize<BackupState>(BinaryData.FromString(document)));

        Assert.Contains("BackupState was stored by a newer release", refused.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void States_OfAllGrains_SayTheirForm()
    {
        var states = typeof(GrainsServices).Assembly.GetTypes().SelectMany(type => type.GetConstructors()).SelectMany(constructor => constructor.GetParameters())
            .Where(parameter => parameter.GetCustomAttribute<PersistentStateAttribute>() is not null).Select(parameter => parameter.ParameterType.GetGenericArguments()[0]).ToList();

        Assert.NotEmpty(states);
        Assert.All(states, state =>
        {
            var current = (int)state.GetField("CurrentSchema")!.GetRawConstantValue()!;
            Assert.Equal(current, state.GetProperty("SchemaVersion")!.GetValue(Activator.CreateInstance(state)));
        });
    }

    [Theory]
    [MemberData(nameof(Stored))]
    public void Sample_OfAnEarlierRelease_ReadsWithAllThatItSays(string file)
    {
        var sample = File.ReadAllText(Path.Combine(SampleFolder, file));
        var stored = BinaryData.FromString(sample);
        var read = Path.GetFileName(file).Split('-', '.')[0] switch
        {
            BackupGrain.StateName => Serializer().Serialize(Serializer().Deserialize<BackupState>(stored)),
            BudgetGrain.StateName => Serializer().Serialize(Serializer().Deserialize<BudgetState>(stored)),
            ClusterGrain.StateName => Serializer().Serialize(Serializer().Deserialize<ClusterState>(stored)),
            DrillGrain.StateName => Serializer().Serialize(Serializer().Deserialize<DrillState>(stored)),
            RestoreGrain.StateName => Serializer().Serialize(Serializer().Deserialize<RestoreState>(stored)),
            RetentionGrain.StateName => Serializer().Serialize(Serializer().Deserialize<RetentionState>(stored)),
            var other => throw new InvalidOperationException($"No grain has a state '{other}'."),
        };

        AssertKept(JsonNode.Parse(sample)!, JsonNode.Parse(read.ToString()), file);
    }

    [Fact]
    public void Samples_OfAllStates_AreThere() =>
        Assert.Equal(
            [BackupGrain.StateName, BudgetGrain.StateName, ClusterGrain.StateName, DrillGrain.StateName, RestoreGrain.StateName, RetentionGrain.StateName],
            Directory.EnumerateFiles(SampleFolder, "*.json", SearchOption.AllDirectories).Select(file => Path.GetFileName(file).Split('-', '.')[0]).Distinct().Order());

    [Theory]
    [InlineData("cluster-missing.json", "Objectives", "ProvenBackup", "Proven")]
    [InlineData("backup-unusual.json", "Unusual")]
    public void Samples_OfObjectivesAndAnomalies_SayThem(string file, params string[] members)
    {
        var document = JsonNode.Parse(File.ReadAllText(Path.Combine(SampleFolder, "v1", file)))!.AsObject();

        Assert.All(members, member => Assert.NotNull(document[member]));
    }

    [Fact]
    public void Samples_OfBackups_HaveEveryPhaseAndErrand()
    {
        var documents = Directory.EnumerateFiles(SampleFolder, "backup-*.json", SearchOption.AllDirectories).Select(file => JsonNode.Parse(File.ReadAllText(file))!).ToList();

        Assert.Empty(Enum.GetNames<BackupPhase>().Except(documents.Select(document => document["Phase"]!.GetValue<string>())));
        Assert.Empty(Enum.GetNames<BackupErrand>().Except(documents.Select(document => document["Errand"]!.GetValue<string>())));
    }

    [Fact]
    public void BackupState_Stored_SaysPhasesAsWords() =>
        Assert.Contains("\"Errand\":\"Working\"", JsonSerializer.Serialize(Life.Checking().State, Options()), StringComparison.Ordinal);

    public static TheoryData<string> Stored => [.. Directory.EnumerateFiles(SampleFolder, "*.json", SearchOption.AllDirectories).Select(file => Path.GetRelativePath(SampleFolder, file)).Order()];

    private static string SampleFolder { get; } = Path.Combine(AppContext.BaseDirectory, "Samples");

    // More may be there by now, but nothing less, and nothing else.
    private static void AssertKept(JsonNode? sample, JsonNode? read, string path)
    {
        switch (sample)
        {
            case JsonObject members:
                foreach (var (name, value) in members)
                    AssertKept(value, Assert.IsType<JsonObject>(read).TryGetPropertyValue(name, out var kept) ? kept : null, $"{path} {name}");
                break;
            case JsonArray items:
                Assert.Equal(items.Count, Assert.IsType<JsonArray>(read).Count);
                for (var item = 0; item < items.Count; item++)
                    AssertKept(items[item], read![item], $"{path}[{item}]");
                break;
            default:
                Assert.True(JsonNode.DeepEquals(sample, read), $"{path}: {sample} became {read}");
                break;
        }
    }

    private static void AssertSame<T>(T state)
    {
        var written = JsonSerializer.Serialize(state, Options());

        Assert.Equal(written, JsonSerializer.Serialize(JsonSerializer.Deserialize<T>(written, Options()), Options()));
    }

    /// <summary>The options that a silo really has.</summary>
    private static JsonSerializerOptions Options() => Services().GetRequiredService<IOptions<SystemTextJsonGrainStorageSerializerOptions>>().Value.JsonSerializerOptions;

    private static IGrainStorageSerializer Serializer() => Services().GetRequiredService<IGrainStorageSerializer>();

    private static ServiceProvider Services()
    {
        var silo = new SiloOfServices();
        silo.AddControlPlaneGrains();
        return silo.Services.BuildServiceProvider();
    }

    private sealed class SiloOfServices : ISiloBuilder
    {
        public IServiceCollection Services { get; } = new ServiceCollection();

        public Microsoft.Extensions.Configuration.IConfiguration Configuration { get; } = new Microsoft.Extensions.Configuration.ConfigurationManager();
    }
}
