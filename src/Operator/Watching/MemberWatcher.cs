using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Protection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Runs the watches of members in this process: one list and watch for each kind, and a look now and then how the member stands. Each member has its
/// own, with its own queues: a flood in one of them keeps no other waiting.
/// </summary>
internal sealed partial class MemberWatcher(
    MemberConnections members,
    MemberClusters clusters,
    MemberKeeper keeper,
    IEnumerable<IResourceHandler> handlers,
    ProtectionRegister register,
    IEnumerable<IMemberCompanion> companions,
    ProtectionInbox inbox,
    FleetProjections projections,
    IOptions<WatchOptions> options,
    TimeProvider time,
    ILogger<MemberWatcher> logger) : IMemberWatcher
{
    private static readonly TimeSpan CompanionPause = TimeSpan.FromSeconds(10);

    private readonly Lock gate = new();
    private readonly Dictionary<MemberKey, Watches> running = [];

    public Task<bool> StartAsync(MemberKey member, CancellationToken cancellationToken)
    {
        // One that is no longer described stops by itself; the grain hears of it here.
        var known = clusters.Snapshot;
        if (member.Name != MemberKey.Local && known.Synced && !known.Entries.ContainsKey(member.Name))
            return Task.FromResult(false);
        lock (gate)
        {
            if (running.TryGetValue(member, out var watches) && !watches.Done.IsCompleted)
                return Task.FromResult(true);
            var stop = new CancellationTokenSource();

            // The watches outlive the call, and must carry neither its scheduler nor its context.
            using (ExecutionContext.SuppressFlow())
                running[member] = new(stop, Task.Run(() => RunAsync(member, stop.Token), CancellationToken.None));
        }
        LogStarted(member);
        return Task.FromResult(true);
    }

    public async Task StopAsync(MemberKey member, CancellationToken cancellationToken)
    {
        Watches? watches;
        lock (gate)
        {
            if (!running.Remove(member, out watches))
                return;
        }
        await watches.Stop.CancelAsync();
        await watches.Done.WaitAsync(cancellationToken);
        watches.Stop.Dispose();
        LogStopped(member);
    }

    public MemberProtection See(MemberKey member) => register.See(member);

    public void Hear(MemberKey member) => inbox.Add(member);

    private async Task RunAsync(MemberKey member, CancellationToken stop)
    {
        var contact = new MemberContact(time);
        var keeping = keeper.RunAsync(member, contact, stop);
        try
        {
            await (member.Name == MemberKey.Local ? WatchAsync(member, contact, stop) : FollowAsync(member, contact, stop));
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That was the wish.
        }
        catch (Exception trouble)
        {
            // The member grain's next tick starts it again.
            LogFailed(trouble, "members", member);
        }
        await keeping.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
    }

    // Watches while the member is wanted: not while it is suspended, faulty or no longer described.
    private async Task FollowAsync(MemberKey member, MemberContact contact, CancellationToken stop)
    {
        CancellationTokenSource? end = null;
        var watching = Task.CompletedTask;
        try
        {
            await foreach (var known in clusters.FollowAsync(stop))
            {
                var wanted = known.Entries.GetValueOrDefault(member.Name)?.Spec is { Suspended: false };
                if (wanted && end is null)
                {
                    end = CancellationTokenSource.CreateLinkedTokenSource(stop);
                    watching = WatchAsync(member, contact, end.Token);
                }
                else if (!wanted && known.Synced && end is not null)
                {
                    await end.CancelAsync();
                    await watching;
                    end.Dispose();
                    end = null;
                    LogLeft(member);
                }
                contact.Poke();
            }
        }
        finally
        {
            await watching;
            end?.Dispose();
        }
    }

    private Task WatchAsync(MemberKey member, MemberContact contact, CancellationToken stop) =>
        Task.WhenAll(handlers.Select(handler => WatchAsync(member, handler, contact, stop)).Concat(companions.Select(companion => AccompanyAsync(member, companion, stop))));

    // What one of them failed at, none of the watches needs: it begins anew beside them.
    private async Task AccompanyAsync(MemberKey member, IMemberCompanion companion, CancellationToken stop)
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                await companion.RunAsync(member, stop);
                return;
            }
            catch (Exception trouble) when (!stop.IsCancellationRequested)
            {
                LogFailed(trouble, companion.GetType().Name, member);
                await Task.Delay(CompanionPause, time, stop).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
            }
            catch (OperationCanceledException)
            {
                // That was the wish.
            }
        }
    }

    private async Task WatchAsync(MemberKey member, IResourceHandler handler, MemberContact contact, CancellationToken stop)
    {
        using var queue = new ChangeQueue(handler, options.Value, time, logger);
        var projection = projections.For(member, handler.Kind);
        var (handling, projecting) = (queue.RunAsync(stop), projection?.RunAsync(stop) ?? Task.CompletedTask);
        try
        {
            var reader = new ApiReader(token => members.ReadyAsync(member, token), handler.Collection, handler.LabelSelector);
            await new ResourceWatcher(member, handler, reader, queue, contact, options.Value, time, logger, projection).RunAsync(stop);
            await Task.WhenAll(handling, projecting);
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // That was the wish.
        }
        catch (Exception trouble)
        {
            // The member grain's next tick starts it again.
            LogFailed(trouble, handler.Kind, member);
        }
    }

    [LoggerMessage(2121, LogLevel.Information, "The watches of member {Member} were started")]
    private partial void LogStarted(MemberKey member);

    [LoggerMessage(2122, LogLevel.Information, "The watches of member {Member} were stopped")]
    private partial void LogStopped(MemberKey member);

    [LoggerMessage(2123, LogLevel.Error, "The watch of {Kind} of member {Member} failed")]
    private partial void LogFailed(Exception trouble, string kind, MemberKey member);

    [LoggerMessage(2124, LogLevel.Information, "Member {Member} is left alone: it is suspended, faulty or no longer described")]
    private partial void LogLeft(MemberKey member);

    private sealed record Watches(CancellationTokenSource Stop, Task Done);
}
