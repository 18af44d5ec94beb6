using ControlPlane.Abstractions.Ports;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>The silo as its program makes it, in this process, on ports of its own, with a stand-in for the edge.</summary>
internal sealed class RunningSilo(WebApplication app, StandInEdge edge, int dashboardPort, int healthPort) : IAsyncDisposable
{
    public StandInEdge Edge => edge;

    public IGrainFactory Grains => app.Services.GetRequiredService<IGrainFactory>();

    public IServiceProvider Services => app.Services;

    public Uri Dashboard => new($"http://127.0.0.1:{dashboardPort}/dashboard/");

    public Uri Health(string probe, int? port = null) => new($"http://127.0.0.1:{port ?? healthPort}/healthz/{probe}");

    public int DashboardPort => dashboardPort;

    public static async Task<RunningSilo> StartAsync(string folder, Action<IServiceCollection>? configure = null)
    {
        var (edge, ports) = (new StandInEdge(), FreePorts.Take(3));
        var app = await SiloHost.BuildAsync(Arguments(folder, ports), (services, _) =>
        {
            services.AddSingleton<IJobDispatcher>(edge).AddSingleton<ISurveyor>(edge).AddSingleton<IStatusWriter>(edge)
                .AddSingleton<IWorkloadKeeper>(edge).AddSingleton<IMemberWatcher>(edge).AddSingleton<IBackupRequester>(edge).AddSingleton<IBackupRemover>(edge);
            configure?.Invoke(services);
        });
        await app.StartAsync();
        return new(app, edge, ports[0], ports[1]);
    }

    public static string[] Arguments(string folder, int[] ports) =>
    [
        $"--Silo:DataFolder={folder}", $"--Silo:DashboardPort={ports[0]}", $"--Silo:HealthPort={ports[1]}", $"--Silo:SiloPort={ports[2]}",
        "--Silo:HealthAddress=127.0.0.1", "--Silo:LogFormat=Simple", "--Logging:LogLevel:Default=Warning",
    ];

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
