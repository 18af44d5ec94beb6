using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Policies;

/// <summary>
/// The policies as this silo's watches go by them. A change of any is taken over after a short pause, so that ten that are applied together
/// are one change; then all clusters of the members that this silo watches are listed again and judged anew.
/// </summary>
internal sealed partial class PolicyBook(PolicyKind kind, TimeProvider time, ILogger<PolicyBook> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(500);

    private readonly TaskCompletionSource synced = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private volatile Page page = new(PolicySet.Empty, new CancellationTokenSource());

    /// <summary>The policies in force. To be asked for only once <see cref="ReadyAsync"/> has ended: nothing may be judged by half of them.</summary>
    public PolicySet Current => page.Set;

    /// <summary>Cancelled when <see cref="Current"/> is another one.</summary>
    public CancellationToken Revision => page.Over.Token;

    /// <summary>Done once a complete list was seen.</summary>
    public Task ReadyAsync(CancellationToken cancellationToken) => synced.Task.WaitAsync(cancellationToken);

    /// <summary>Takes over a state of the policies.</summary>
    internal void Take(PolicySet next)
    {
        var before = page;
        if (synced.Task.IsCompleted && before.Set.JudgesAs(next))
            return;
        page = new(next, new CancellationTokenSource());
        synced.TrySetResult();
        LogTaken(next.All.Count);
        before.Over.Cancel();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            await foreach (var snapshot in kind.FollowAsync(stoppingToken))
            {
                if (!snapshot.Synced)
                    continue;
                if (synced.Task.IsCompleted)
                    await Task.Delay(Pause, time, stoppingToken);
                Take(PolicySet.Of(kind.Snapshot));
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    [LoggerMessage(2651, LogLevel.Information, "The backup policies changed: {Count} are in force, and all clusters are judged anew")]
    private partial void LogTaken(int count);

    private sealed record Page(PolicySet Set, CancellationTokenSource Over);
}
