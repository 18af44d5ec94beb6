using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Fleet;

/// <summary>
/// The fleet's configuration in every silo: watches all kinds of it (<see cref="IFleetKind"/>) in the Kubernetes cluster where the plane runs,
/// apart from the member's own watches, which run in one silo only. So no grain is asked for configuration, and a change is in every silo
/// within a second.
/// </summary>
internal sealed partial class FleetDirectory(
    MemberConnections members, IEnumerable<IFleetKind> kinds, IOptions<WatchOptions> options, TimeProvider time, ILogger<FleetDirectory> logger) : BackgroundService
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(kinds.Select(kind => Task.Run(() => WatchAsync(kind, stoppingToken), stoppingToken)));

    private async Task WatchAsync(IFleetKind kind, CancellationToken stop)
    {
        try
        {
            var reader = new ApiReader(token => members.ReadyAsync(Local, token), kind.Collection, kind.LabelSelector);
            await new ResourceWatcher(Local, kind, reader, kind, kind, options.Value, time, logger).RunAsync(stop);
        }
        catch (Exception trouble) when (!stop.IsCancellationRequested)
        {
            // The watcher bears whatever the server does: what comes out of it is a fault of ours, or a configuration that cannot be read.
            LogFailed(trouble, kind.Kind);
        }
    }

    [LoggerMessage(2601, LogLevel.Error, "The fleet's {Kind}s are not watched by this silo")]
    private partial void LogFailed(Exception trouble, string kind);
}
