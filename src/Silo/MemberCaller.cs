using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Silo;

/// <summary>
/// Has the fleet's members watched. It asks for each every few seconds, as each silo does: so when the silo that held the watches of one is gone,
/// another one takes them over at once, and does not wait for the member grain's reminder.
/// </summary>
internal sealed partial class MemberCaller(
    IGrainFactory grains, IFleetMembers members, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<MemberCaller> logger)
    : BackgroundService
{
    private const int AtATime = 16;

    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(5);

    // The call that was on its way to a silo as it died need not be waited for.
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(5);

    private Dictionary<MemberKey, bool> watched = [];

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // A silo that stops must not bring back what it is just handing over.
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(stoppingToken, lifetime.ApplicationStopping);
        try
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stop.Token);
            using var timer = new PeriodicTimer(Pause, time);
            do
                await AskAllAsync(stop.Token);
            while (await timer.WaitForNextTickAsync(stop.Token));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task AskAllAsync(CancellationToken stop)
    {
        var asked = members.All.ToList();
        var answers = new bool[asked.Count];
        await Parallel.ForAsync(0, asked.Count, new ParallelOptions { MaxDegreeOfParallelism = AtATime, CancellationToken = stop }, async (index, token) =>
            answers[index] = await AskAsync(asked[index], token));
        watched = asked.Zip(answers).ToDictionary(answer => answer.First, answer => answer.Second);
    }

    private async Task<bool> AskAsync(MemberKey member, CancellationToken stop)
    {
        var before = watched.TryGetValue(member, out var answer) ? answer : default(bool?);
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(stop, limit.Token);
        try
        {
            await grains.GetGrain<IMemberGrain>(member.ToString()).WatchAsync(both.Token).WaitAsync(both.Token);
            if (before is not true)
                LogWatched(member);
            return true;
        }
        catch (Exception exception) when (!stop.IsCancellationRequested)
        {
            if (before is not false)
                LogNotWatched(exception, member, Pause);
            return false;
        }
    }

    [LoggerMessage(4001, LogLevel.Information, "Member {Member} is watched")]
    private partial void LogWatched(MemberKey member);

    [LoggerMessage(4002, LogLevel.Warning, "Member {Member} could not be watched; it is tried again every {Pause}")]
    private partial void LogNotWatched(Exception exception, MemberKey member, TimeSpan pause);
}
