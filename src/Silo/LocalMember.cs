using ControlPlane.Abstractions.Members;
using Microsoft.Extensions.Options;

namespace ControlPlane.Silo;

/// <summary>
/// Has the silo's own member watched. It asks for it every few seconds, as each silo does: so when the silo that held the watches is gone,
/// another one takes them over at once, and does not wait for the member grain's reminder.
/// </summary>
internal sealed partial class LocalMember(IGrainFactory grains, IOptions<SiloOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<LocalMember> logger)
    : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    // The call that was on its way to a silo as it died need not be waited for.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private bool? watched;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A silo that stops must not bring back what it is just handing over.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stop.Token);
            var member = new MemberKey(options.Value.Member);
            using var timer = new PeriodicTimer(Pause, time);
            do
                await AskAsync(member, stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task AskAsync(MemberKey member, CancellationToken stop)
    {
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await grains.GetGrain<IMemberGrain>(member.ToString()).WatchAsync(both.Token).WaitAsync(both.Token);
            if (watched is not true)
                LogWatched(member);
            watched = true;
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            if (watched is not false)
                LogNotWatched(exception, member, Pause);
            watched = false;
        }
    }

    [LoggerMessage(4001, LogLevel.Information, "Member {Member} is watched")]
    private partial void LogWatched(MemberKey member);

    [LoggerMessage(4002, LogLevel.Warning, "Member {Member} could not be watched; it is tried again every {Pause}")]
    private partial void LogNotWatched(Exception exception, MemberKey member, TimeSpan pause);
}
