using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Reads the meter every few seconds and hands on what changed, until it is disposed.</summary>
internal sealed class ProgressReporter : IAsyncDisposable
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly CancellationTokenSource stop = new();
    private readonly Task loop;

    internal ProgressReporter(int attempt, TransferMeter meter, Func<BackupProgress, CancellationToken, Task<bool>> apply, TimeProvider time) =>
        loop = RunAsync(attempt, meter, apply, time);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await loop;
        stop.Dispose();
    }

    private async Task RunAsync(int attempt, TransferMeter meter, Func<BackupProgress, CancellationToken, Task<bool>> apply, TimeProvider time)
    {
        using var clock = new PeriodicTimer(Interval, time);
        var (before, since) = (Counts(meter), time.GetTimestamp());
        ProgressCounts? told = null;
        BackupStage? toldStage = null;
        try
        {
            while (await clock.WaitForNextTickAsync(stop.Token))
            {
                var (now, stage, instant) = (Counts(meter), meter.Stage, time.GetTimestamp());
                var moved = stage == BackupStage.Uploading ? now.Read - before.Read : now.Verified - before.Verified;
                var progress = ProgressText.Of(attempt, stage, now, moved, time.GetElapsedTime(since, instant), time.GetUtcNow());
                (before, since) = (now, instant);
                if ((now != told || stage != toldStage) && await apply(progress, stop.Token))
                    (told, toldStage) = (now, stage);
            }
        }
        catch (OperationCanceledException)
        {
            // The work is over.
        }
    }

    private static ProgressCounts Counts(TransferMeter meter) => new(meter.BytesRead, meter.BytesStored, meter.BytesVerified, meter.BytesExpected);
}
