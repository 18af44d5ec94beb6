using ControlPlane.Abstractions.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>The silo as its program makes it, in this process, on ports of its own, with a stand-in for the edge.</summary>
internal sealed class RunningSilo(WebApplication app, StandInEdge edge, int[] ports) : IAsyncDisposable
{
    public StandInEdge Edge => edge;

    public IGrainFactory Grains => app.Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => app.Services;

    public Uri Dashboard => new($"http://127.0.0.1:{ports[0]}/dashboard/");

    public Uri Health(string probe, int? port = null) => new($"http://127.0.0.1:{port ?? ports[1]}/healthz/{probe}");

    public int DashboardPort => ports[0];

    public int SiloPort => ports[2];

    public static async Task<RunningSilo> StartAsync(string[] database, Action<IServiceCollection>? configure = null)
    {
        var (edge, ports) = (new StandInEdge(), FreePorts.Take(3));
        var app = await SiloHost.BuildAsync([.. Arguments(ports), .. database], (services, _) =>
        {
            // For the keys and what is made of them; the ports are the stand-in's.
            Operator.OperatorServices.AddOperator(services);
            services.AddSingleton<IJobDispatcher>(edge).AddSingleton<ISurveyor>(edge).AddSingleton<IStatusWriter>(edge)
                .AddSingleton<IWorkloadKeeper>(edge).AddSingleton<IMemberWatcher>(edge).AddSingleton<IFleetMembers>(edge).AddSingleton<IBackupRequester>(edge).AddSingleton<IBackupRemover>(edge).AddSingleton<IWorkloadScaler>(edge).AddSingleton<IDrillKeeper>(edge).AddSingleton<IFleetBudgets>(edge);
            configure?.Invoke(services);
        });
        try
        {
            await app.StartAsync();
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return new(app, edge, ports);
    }

    public static string[] Arguments(int[] ports) =>
    [
        $"--Silo:DashboardPort={ports[0]}", $"--Silo:HealthPort={ports[1]}", $"--Silo:SiloPort={ports[2]}",
        "--Silo:HealthAddress=127.0.0.1", "--Silo:LogFormat=Simple", "--Logging:LogLevel:Default=Warning",
    ];

    /// <summary>A database of the silo's own, and keys beside it.</summary>
    public static string[] Alone(string folder) => [$"--Silo:DataFolder={folder}", $"--Operator:KeysFolder={Path.Combine(folder, "keys")}"];

    public async ValueTask DisposeAsync()
    {
        await app.StopAsync();
        await app.DisposeAsync();
    }

    public static async Task UntilAsync(Func<bool> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (isSo())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System);
        }

        Assert.Fail($"It did not come about: {what}");
    }
}
