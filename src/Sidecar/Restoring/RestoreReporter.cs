using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Reads the meter every few seconds and hands on what changed, until it is disposed.</summary>
internal sealed class RestoreReporter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource stop = new();
    private readonly JobRequest request;
    private readonly RestoreMeter meter;
    private readonly Func<RestoreProgress, CancellationToken, Task<bool>> apply;
    private readonly TimeProvider time;
    private readonly Task loop;

    internal RestoreReporter(JobRequest request, RestoreMeter meter, Func<RestoreProgress, CancellationToken, Task<bool>> apply, TimeProvider time)
    {
        (this.request, this.meter, this.apply, this.time) = (request, meter, apply, time);
        loop = RunAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
    }

    private async Task RunAsync()
    {
        using var clock = new PeriodicTimer(Interval, time);
        var (before, since) = (meter.BytesDone, time.GetTimestamp());
        (RestoreStage, long)? told = null;
        try
        {
            while (await clock.WaitForNextTickAsync(stop.Token))
            {
                var (stage, done, instant) = (meter.Stage, meter.BytesDone, time.GetTimestamp());
                var interval = time.GetElapsedTime(since, instant).TotalSeconds;
                var speed = interval > 0 ? (long)(Math.Max(0, done - before) / interval) : 0;
                (before, since) = (done, instant);
                var progress = ProgressText.Of(request.Restore?.Volume?.Name ?? request.Backup.Name, request.Attempt, stage, done, meter.BytesExpected, speed, time.GetUtcNow());
                if ((stage, done) != told && await apply(progress, stop.Token))
                    told = (stage, done);
            }
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }
    }
}
