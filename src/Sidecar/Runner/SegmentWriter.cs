using System.Collections.Concurrent;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Puts frames into segments; the parts of one segment, and the end of one beside the beginning of the next, go side by side.</summary>
internal sealed class SegmentWriter(SegmentContext context) : IAsyncDisposable
{
    private readonly ConcurrentDictionary<SegmentUpload, SegmentUpload> unfinished = [];
    private readonly List<Task<StoredSegment>> finishing = [];
    private SegmentUpload? open;

    /// <summary>Adds a piece's frame, or the chunk that it was sealed into.</summary>
    internal async Task AppendAsync(Piece piece)
    {
        open ??= Open();
        await open.AppendAsync(piece);
        if (piece.Place.EndsSegment)
            await CloseAsync(open);
    }

    /// <summary>Waits until the store has all segments.</summary>
    internal async Task<IReadOnlyList<StoredSegment>> FinishAsync()
    {
        if (open is not null)
            throw new InvalidOperationException("The stream's last frame ends its segment.");
        return await Task.WhenAll(finishing);
    }

    /// <summary>Gives up what is not whole; nothing of it is on its way any more when this returns.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!unfinished.IsEmpty)
            await context.Failure.CancelAsync();
        await Task.WhenAll(finishing).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        foreach (var upload in unfinished.Keys)
            await upload.DisposeAsync();
    }

    private SegmentUpload Open()
    {
        var upload = new SegmentUpload(context, finishing.Count);
        unfinished[upload] = upload;
        return upload;
    }

    private async Task CloseAsync(SegmentUpload upload)
    {
        open = null;
        await upload.EndAsync();
        finishing.Add(context.Failure.GuardAsync(() => FinishAsync(upload)));
    }

    private async Task<StoredSegment> FinishAsync(SegmentUpload upload)
    {
        var stored = await upload.FinishAsync();
        unfinished.TryRemove(upload, out _);
        await upload.DisposeAsync();
        return stored;
    }
}
