using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Protection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Watching;

/// <summary>Runs the watches of members in this process: one list and watch for each kind.</summary>
internal sealed partial class MemberWatcher(
    MemberConnections members, IEnumerable<IResourceHandler> handlers, ProtectionRegister register, FleetProjections projections, IOptions<WatchOptions> options, TimeProvider time, ILogger<MemberWatcher> logger) : IMemberWatcher
{
    private readonly Lock gate = new();
    private readonly Dictionary<MemberKey, Watches> running = [];

    public Task StartAsync(MemberKey member, CancellationToken cancellationToken)
    {
        lock (gate)
        {
            if (running.TryGetValue(member, out var watches) && !watches.Done.IsCompleted)
                return Task.CompletedTask;
            var stop = new CancellationTokenSource();

            // The watches outlive the call, and must carry neither its scheduler nor its context.
            using (ExecutionContext.SuppressFlow())
                running[member] = new(stop, Task.Run(() => WatchAsync(member, stop.Token), CancellationToken.None));
        }
        LogStarted(member);
        return Task.CompletedTask;
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

    private Task WatchAsync(MemberKey member, CancellationToken stop) => Task.WhenAll(handlers.Select(handler => WatchAsync(member, handler, stop)));

    private async Task WatchAsync(MemberKey member, IResourceHandler handler, CancellationToken stop)
    {
        using var queue = new ChangeQueue(handler, options.Value, time, logger);
        var projection = projections.For(member, handler.Kind);
        var (handling, projecting) = (queue.RunAsync(stop), projection?.RunAsync(stop) ?? Task.CompletedTask);
        try
        {
            var reader = new ApiReader(members.For(member), handler.Collection, handler.LabelSelector);
            await new ResourceWatcher(member, handler, reader, queue, null, options.Value, time, logger, projection).RunAsync(stop);
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

    private sealed record Watches(CancellationTokenSource Stop, Task Done);
}
