using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Watching;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>One watch at work, with its queue.</summary>
internal sealed class RunningWatch : IAsyncDisposable
{
    private readonly CancellationTokenSource stop = new();
    private readonly IDisposable connection;
    private readonly ChangeQueue queue;
    private readonly Task work;

    public RunningWatch(Func<CancellationToken, Task<MemberConnection>> connect, IDisposable connection, RecordingHandler handler, WatchOptions options, KindProjection? projection = null)
    {
        this.connection = connection;
        queue = new(handler, options, TimeProvider.System, NullLogger.Instance);
        var reader = new ApiReader(connect, handler.Collection, handler.LabelSelector);
        var watcher = new ResourceWatcher(new MemberKey(MemberKey.Local), handler, reader, queue, new MemberContact(TimeProvider.System), options, TimeProvider.System, NullLogger.Instance, projection);
        work = Task.WhenAll(watcher.RunAsync(stop.Token), queue.RunAsync(stop.Token));
    }

    public static RunningWatch Of(StandInApiServer server, RecordingHandler handler, WatchOptions? options = null, KindProjection? projection = null)
    {
        var connection = new MemberConnection(new KubernetesClientConfiguration { Host = server.Address }, "");
        return new(_ => Task.FromResult(connection), connection, handler, options ?? Options(), projection);
    }

    /// <summary>Short in everything, but for the list that would heal what the watch is to heal by itself.</summary>
    public static WatchOptions Options(TimeSpan? relistEvery = null) => new()
    {
        PageSize = 50,
        WatchTime = TimeSpan.FromSeconds(1),
        WatchGrace = TimeSpan.FromMilliseconds(500),
        RelistEvery = relistEvery ?? TimeSpan.FromMinutes(10),
        LongestPause = TimeSpan.FromMilliseconds(20),
    };

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await work.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        queue.Dispose();
        connection.Dispose();
        stop.Dispose();
    }
}
