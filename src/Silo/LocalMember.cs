using ControlPlane.Abstractions.Members;
using Microsoft.Extensions.Options;

namespace ControlPlane.Silo;

/// <summary>Has the silo's own member watched once the silo runs. From then on the member grain's reminder sees to it.</summary>
internal sealed partial class LocalMember(IGrainFactory grains, IOptions<SiloOptions> options, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<LocalMember> logger)
    : BackgroundService
{
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(stoppingToken);
        var member = new MemberKey(options.Value.Member);
        for (var pause = TimeSpan.FromSeconds(1); !stoppingToken.IsCancellationRequested; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                await grains.GetGrain<IMemberGrain>(member.ToString()).WatchAsync(stoppingToken);
                LogWatched(member);
                return;
            }
            catch (Exception exception) when (!stoppingToken.IsCancellationRequested)
            {
                LogNotWatched(exception, member, pause);
                await Task.Delay(pause, time, stoppingToken);
            }
        }
    }

    [LoggerMessage(3001, LogLevel.Information, "Member {Member} is watched")]
    private partial void LogWatched(MemberKey member);

    [LoggerMessage(3002, LogLevel.Warning, "Member {Member} could not be watched; it is tried again in {Pause}")]
    private partial void LogNotWatched(Exception exception, MemberKey member, TimeSpan pause);
}
