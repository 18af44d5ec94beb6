using System.Globalization;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Tells a source that is silent for a good reason (the tool waits for a lock, the store is slow) from one that hangs: while no byte comes, its
/// agent is asked, and one that does not answer any more is given up, long before the Job's deadline.
/// </summary>
/// <param name="answersAsync">Asks the agent, several times where it must be, whether it is still there.</param>
/// <param name="meter">Shows whether bytes come.</param>
/// <param name="pod">The source Pod's name, for the message.</param>
/// <param name="time">The clock.</param>
internal sealed class SourceWatch(Func<CancellationToken, Task<bool>> answersAsync, TransferMeter meter, string pod, TimeProvider time)
{
    /// <summary>How long a silence may be before the agent is asked.</summary>
    internal static readonly TimeSpan Silence = TimeSpan.FromMinutes(2);

    /// <summary>Does some work and watches the source meanwhile.</summary>
    internal async Task<T> DuringAsync<T>(Func<CancellationToken, Task<T>> work, CancellationToken cancellationToken)
    {
        using var failure = new FirstFailure(cancellationToken);
        using var over = CancellationTokenSource.CreateLinkedTokenSource(failure.Token);
        var watching = failure.GuardAsync(() => WatchAsync(over.Token));
        try
        {
            return await failure.WholeAsync(failure.GuardAsync(() => work(failure.Token)));
        }
        finally
        {
            await over.CancelAsync();
            await watching.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    private async Task WatchAsync(CancellationToken over)
    {
        try
        {
            while (true)
            {
                var before = meter.BytesRead;
                await Task.Delay(Silence, time, over);
                if (meter.BytesRead == before && !await answersAsync(over))
                    throw new JobFaultException(JobFault.StreamBroken, string.Create(CultureInfo.InvariantCulture, $"Pod {pod} sent nothing for {Silence.TotalMinutes:0} minutes, and its agent does not answer any more."));
            }
        }
        catch (OperationCanceledException) when (over.IsCancellationRequested)
        {
            // The work is done, or failed by itself.
        }
    }
}
