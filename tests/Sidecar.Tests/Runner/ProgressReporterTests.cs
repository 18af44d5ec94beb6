using System.Threading.Channels;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class ProgressReporterTests : IAsyncDisposable
{
    private const int MiB = 1 << 20;
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(3);

    private readonly FakeTimeProvider time = new();
    private readonly TransferMeter meter = new();
    private readonly UploadLimit limit;
    private readonly ProgressReporter reporter;
    private readonly Channel<BackupProgress> told = Channel.CreateUnbounded<BackupProgress>();

    public ProgressReporterTests()
    {
        limit = new UploadLimit(time);
        reporter = new ProgressReporter(1, meter, limit, (progress, _) => Task.FromResult(told.Writer.TryWrite(progress)), time);
    }

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask DisposeAsync()
    {
        await reporter.DisposeAsync();
        limit.Dispose();
    }

    [Fact]
    public async Task Report_NothingMoves_IsSentAgainEveryNineSecondsForTheSakeOfItsAnswer()
    {
        meter.CountRead(MiB);
        time.Advance(Interval);
        await NextAsync();

        // Nothing is told of these two, so the third is the next.
        foreach (var _ in Enumerable.Range(0, 3))
        {
            Assert.False(told.Reader.TryRead(out var unexpected), unexpected?.Summary);
            time.Advance(Interval);
        }

        Assert.Equal(MiB, (await NextAsync()).BytesRead);
    }

    [Fact]
    public async Task Report_HeldBackByALimit_EstimatesByWhatTheLimitLetsThrough()
    {
        limit.BytesPerSecond = MiB;
        var waits = limit.TakeAsync(512 * 1024, Token).AsTask();
        meter.BytesExpected = 1000L * MiB;
        meter.CountRead(400 * MiB);
        meter.CountStored(100 * MiB);
        limit.BytesPerSecond = 1000;

        time.Advance(Interval);
        var progress = await NextAsync();

        // Of four bytes read, one is stored; the rest is 600 MiB.
        Assert.Equal(4000, progress.BytesPerSecond);
        Assert.Equal(600L * MiB / 4000, (progress.EstimatedCompletion!.Value - time.GetUtcNow()).TotalSeconds, tolerance: 1);
        Assert.False(waits.IsCompleted);
        limit.BytesPerSecond = null;
        await waits;
    }

    private ValueTask<BackupProgress> NextAsync() => told.Reader.ReadAsync(Token);
}
