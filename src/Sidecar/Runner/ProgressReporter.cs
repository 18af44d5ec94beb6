using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Reads the meter every few seconds and hands on what changed, until it is disposed.</summary>
internal sealed class ProgressReporter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);
    private static readonly TimeSpan LastWordLimit = TimeSpan.FromSeconds(5);

    private readonly CancellationTokenSource stop = new();
    private readonly int attempt;
    private readonly TransferMeter meter;
    private readonly Func<BackupProgress, CancellationToken, Task<bool>> apply;
    private readonly TimeProvider time;
    private readonly Task loop;

    internal ProgressReporter(int attempt, TransferMeter meter, Func<BackupProgress, CancellationToken, Task<bool>> apply, TimeProvider time)
    {
        (this.attempt, this.meter, this.apply, this.time) = (attempt, meter, apply, time);
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
        try
        {
            var tick = clock.WaitForNextTickAsync(stop.Token).AsTask();
            while (true)
            {
                // A new stage is told at once: a short one would be over before the next tick.
                await await Task.WhenAny(tick, meter.Checking.IsCompleted ? tick : meter.Checking);
                var (now, stage, instant) = (Counts(meter), meter.Stage, time.GetTimestamp());
                var moved = stage == BackupStage.Uploading ? now.Read - before.Read : now.Verified - before.Verified;
                var progress = ProgressText.Of(attempt, stage, now, moved, time.GetElapsedTime(since, instant), time.GetUtcNow());
                (before, since) = (now, instant);
                if ((now != told || stage != toldStage) && await apply(progress, stop.Token))
                    (told, toldStage) = (now, stage);
                if (tick.IsCompleted)
                    tick = clock.WaitForNextTickAsync(stop.Token).AsTask();
            }
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }
    }

    private static ProgressCounts Counts(TransferMeter meter) => new(meter.BytesRead, meter.BytesStored, meter.BytesVerified, meter.BytesExpected);
}
