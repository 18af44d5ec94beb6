using System.Reflection;
using System.Text.Json;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Tests.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Orleans.Serialization;

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

        Assert.Equal(["backup", "cluster", "retention"], names.Order());
    }

    [Fact]
    public void Keys_OfAllGrains_HoldASlash() =>
        Assert.All([Samples.Key.ToString(), Samples.Cluster.ToString(), Samples.Member.ToString()], key => Assert.Contains('/', key));

    [Fact]
    public void BackupState_WrittenAndRead_IsTheSame()
    {
        foreach (var life in new[] { Life.Asking(), Life.Checking(), Life.Clearing(), Life.Stopping(), Life.Succeeded(), Life.RemovalFailed(), Life.Forgetting(), Life.RewrapFailed() })
            AssertSame(life.State);
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

    [Fact]
    public void BackupState_OfALaterVersion_IsReadWithoutWhatIsUnknown() =>
        Assert.Equal("u1", JsonSerializer.Deserialize<BackupState>("""{"SchemaVersion":2,"Uid":"u1","Later":{"X":1},"Phase":"Running"}""", Options())!.Uid);

    [Fact]
    public void BackupState_Stored_SaysPhasesAsWords() =>
        Assert.Contains("\"Errand\":\"Working\"", JsonSerializer.Serialize(Life.Checking().State, Options()), StringComparison.Ordinal);

    private static void AssertSame<T>(T state)
    {
        var written = JsonSerializer.Serialize(state, Options());

        Assert.Equal(written, JsonSerializer.Serialize(JsonSerializer.Deserialize<T>(written, Options()), Options()));
    }

    /// <summary>The options that a silo really has.</summary>
    private static JsonSerializerOptions Options()
    {
        var silo = new SiloOfServices();
        silo.AddControlPlaneGrains();
        return silo.Services.BuildServiceProvider().GetRequiredService<IOptions<SystemTextJsonGrainStorageSerializerOptions>>().Value.JsonSerializerOptions;
    }

    private sealed class SiloOfServices : ISiloBuilder
    {
        public IServiceCollection Services { get; } = new ServiceCollection();

        public Microsoft.Extensions.Configuration.IConfiguration Configuration { get; } = new Microsoft.Extensions.Configuration.ConfigurationManager();
    }
}
