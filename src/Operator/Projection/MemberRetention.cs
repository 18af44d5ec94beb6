using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Members;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Projection;

/// <summary>Has the read model forget members that are described no more. A suspended one is described, and its rows stay.</summary>
internal sealed partial class MemberRetention(
    MemberClusters clusters, FleetMembers members, IFleetView view, IOptions<ProjectionOptions> options, TimeProvider time, ILogger<MemberRetention> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        HashSet<MemberKey> kept = [];
        await foreach (var snapshot in clusters.FollowAsync(stoppingToken))
        {
            // Before the first complete list, one that is not known yet looks like one that is gone.
            if (!snapshot.Synced || kept.SetEquals(members.All))
                continue;
            var present = members.All;
            while (!await TryRetainAsync(present, stoppingToken))
                await Task.Delay(options.Value.LongestPause, time, stoppingToken);
            kept = [.. present];
        }
    }

    private async Task<bool> TryRetainAsync(IReadOnlyCollection<MemberKey> present, CancellationToken stop)
    {
        try
        {
            await view.RetainAsync(present, stop);
            return true;
        }
        catch (Exception trouble) when (!stop.IsCancellationRequested)
        {
            LogNotRetained(trouble, options.Value.LongestPause);
            return false;
        }
    }

    [LoggerMessage(2661, LogLevel.Warning, "The read model could not forget members that are gone; it is tried again after {Pause}")]
    private partial void LogNotRetained(Exception trouble, TimeSpan pause);
}
