using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Protection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Tests.Projection;

/// <summary>Databases that no cluster describes, from the watches to the read model.</summary>
public sealed class DatabaseRowsTests : IAsyncDisposable
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    private readonly ProtectionRegister register = new();
    private readonly StandInFleetView view = new();
    private readonly CancellationTokenSource stop = new();
    private Task work = Task.CompletedTask;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await work.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        stop.Dispose();
    }

    [Fact]
    public async Task Rows_AreThoseThatNoClusterDescribes_OnceAllIsKnown()
    {
        register.BeginClusters(Local);
        See("orders-mysql");
        See("bills-mysql");
        Start();
        register.SettleDatabases(Local);
        await Task.Delay(TimeSpan.FromSeconds(3), TimeProvider.System);
        Assert.Empty(view.Batches);

        register.Note(new ClusterKey(Local, "shop", "orders"), new("orders-mysql", [], [], null));
        register.Settle(Local, "1");
        await UntilAsync(() => view.Rows.Keys.SequenceEqual(["bills-mysql"]) && view.Synced is not null);

        register.Note(new ClusterKey(Local, "shop", "bills"), new("bills-mysql", [], [], null));
        See("other-mysql");
        await UntilAsync(() => view.Rows.Keys.SequenceEqual(["other-mysql"]));

        register.Forget(new ClusterKey(Local, "shop", "orders"));
        register.Forget(Local, "shop", "other-mysql");
        await UntilAsync(() => view.Rows.Keys.SequenceEqual(["orders-mysql"]));
    }

    [Fact]
    public async Task Rows_WhereNobodyLooksForDatabases_Go()
    {
        register.BeginClusters(Local);
        Start(enabled: false);
        register.Settle(Local, "1");

        await UntilAsync(() => view.Synced is not null);
        Assert.True(Assert.Single(view.Batches).Replaces);
    }

    private void Start(bool enabled = true)
    {
        var projections = new FleetProjections(view, Options.Create(new ProjectionOptions { Linger = TimeSpan.Zero }), TimeProvider.System, NullLogger<FleetProjections>.Instance);
        work = new DatabaseRows(register, projections, Options.Create(new DiscoveryOptions { Enabled = enabled }), TimeProvider.System).RunAsync(Local, stop.Token);
    }

    private void See(string name) => register.Note(Local, "shop", name, new($"u-{name}", "mysql:8", 2, default, default));

    private static async Task UntilAsync(Func<bool> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (isSo())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Fail($"It did not come about: {what}");
    }
}
