using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;
using Orleans.Reminders;
using Orleans.TestingHost;

namespace ControlPlane.Grains.Tests.Fixtures;

/// <summary>One silo in this process, with a clock that a test moves and an edge that it looks into. All calls come from a client, so all that travels is serialized.</summary>
public sealed class SiloFixture : IAsyncLifetime
{
    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(100);
    private InProcessTestCluster cluster = null!;

    internal StandInEdge Edge { get; } = new();

    internal FakeTimeProvider Clock { get; } = new(Samples.Start);

    internal IClusterClient Client => cluster.Client;

    public async ValueTask InitializeAsync()
    {
        var builder = new InProcessTestClusterBuilder(1);
        builder.ConfigureSilo((_, silo) =>
        {
            silo.AddMemoryGrainStorageAsDefault();
            silo.UseInMemoryReminderService();
            silo.AddControlPlaneGrains();
            silo.Services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, Clock);
            silo.Services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, Clock);
            silo.Services.AddSingleton<IJobDispatcher>(Edge).AddSingleton<ISurveyor>(Edge).AddSingleton<IStatusWriter>(Edge)
                .AddSingleton<IWorkloadKeeper>(Edge).AddSingleton<IMemberWatcher>(Edge).AddSingleton<IFleetMembers>(Edge).AddSingleton<IBackupRequester>(Edge).AddSingleton<IBackupRemover>(Edge).AddSingleton<IWorkloadScaler>(Edge).AddSingleton<IDrillKeeper>(Edge).AddSingleton<IFleetBudgets>(Edge);
        });
        builder.ConfigureClient(client => client.Services.AddControlPlaneSerialization());
        cluster = builder.Build();
        await cluster.DeployAsync();
    }

    public async ValueTask DisposeAsync() => await cluster.DisposeAsync();

    internal IBackupGrain Backup(BackupKey key) => Client.GetGrain<IBackupGrain>(key.ToString());

    internal IRestoreGrain Restore(RestoreKey key) => Client.GetGrain<IRestoreGrain>(key.ToString());

    internal IDrillGrain Drill(DrillKey key) => Client.GetGrain<IDrillGrain>(key.ToString());

    internal IClusterGrain Cluster(ClusterKey key) => Client.GetGrain<IClusterGrain>(key.ToString());

    internal Task DeactivateAsync(IAddressable grain) => cluster.DeactivateAsync(grain);

    /// <summary>Lets time go by in small steps until something is so; fails after a while of real time.</summary>
    internal async Task UntilAsync(Func<bool> isSo, TimeSpan? step = null, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (isSo())
                return;
            Clock.Advance(step ?? Step);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        Assert.Fail($"It did not come about: {what}");
    }

    internal Task UntilPhaseAsync(BackupKey key, BackupPhase phase, TimeSpan? step = null) => UntilAsync(() => Edge.Last(key)?.Phase == phase, step, $"{key} {phase}; last shown: {Edge.Last(key)}");
}
