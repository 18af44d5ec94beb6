using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Flow;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Reads the meter every few seconds and hands on what changed, until it is disposed. Unchanged progress is handed on now and then all the
/// same: the plane's own word comes with the answer.
/// </summary>
internal sealed class ProgressReporter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(9);
    private static readonly TimeSpan LastWordLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stop = new();
    private readonly int attempt;
    private readonly TransferMeter meter;
    private readonly Func<BackupProgress, CancellationToken, Task<bool>> apply;
    private readonly UploadLimit limit;
    private readonly TimeProvider time;
    private readonly Task loop;

    internal ProgressReporter(int attempt, TransferMeter meter, UploadLimit limit, Func<BackupProgress, CancellationToken, Task<bool>> apply, TimeProvider time)
    {
        (this.attempt, this.meter, this.limit, this.apply, this.time) = (attempt, meter, limit, apply, time);
        loop = RunAsync();
    }

    /// <summary>Ends the reports; a backup that was committed is shown as whole first.</summary>
    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
        if (!meter.IsComplete)
            return;
        using var limit = new CancellationTokenSource(LastWordLimit, time);
        await apply(ProgressText.Whole(attempt, Counts(meter)), limit.Token);
    }

    private async Task RunAsync()
    {
        using var clock = new PeriodicTimer(Interval, time);
        var (before, since) = (Counts(meter), time.GetTimestamp());
        ProgressCounts? told = null;
        BackupStage? toldStage = null;
        var toldAt = since;
        try
        {
            var tick = clock.WaitForNextTickAsync(stop.Token).AsTask();
            while (true)
            {
                // A new stage is told at once: a short one would be over before the next tick.
                await await Task.WhenAny(tick, meter.Checking.IsCompleted ? tick : meter.Checking);
                var (now, stage, instant) = (Counts(meter), meter.Stage, time.GetTimestamp());
                var moved = stage == BackupStage.Uploading ? now.Read - before.Read : now.Verified - before.Verified;
                var progress = ProgressText.Of(attempt, stage, now, Speed(stage, now, moved, time.GetElapsedTime(since, instant)), time.GetUtcNow());
                (before, since) = (now, instant);
                if ((now != told || stage != toldStage || time.GetElapsedTime(toldAt, instant) >= LongestSilence) && await apply(progress, stop.Token))
                    (told, toldStage, toldAt) = (now, stage, instant);
                if (tick.IsCompleted)
                    tick = clock.WaitForNextTickAsync(stop.Token).AsTask();
            }
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }
    }

    // Where a limit holds the upload back the source is read in bursts, with long pauses between: what counts then is what the limit lets through.
    private long Speed(BackupStage stage, ProgressCounts now, long moved, TimeSpan interval) =>
        stage == BackupStage.Uploading && limit.HoldsBack is { } rate && now is { Stored: > 0, Read: > 0 } ? (long)(rate * (now.Read / (double)now.Stored))
        : interval > TimeSpan.Zero ? (long)(moved / interval.TotalSeconds)
        : 0;

    private static ProgressCounts Counts(TransferMeter meter) => new(meter.BytesRead, meter.BytesStored, meter.BytesVerified, meter.BytesExpected);
}
