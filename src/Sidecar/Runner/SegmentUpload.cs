using System.IO.Hashing;
using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Where one stream goes.</summary>
/// <param name="Store">The store.</param>
/// <param name="Root">The backup's prefix.</param>
/// <param name="Attempt">The attempt its segments belong to.</param>
/// <param name="Plan">How long segments and parts are.</param>
/// <param name="Meter">Counts.</param>
/// <param name="ReadBack">Whether it is going to be read back. Where it is not, its SHA-256 is taken on the way.</param>
internal sealed record StreamTarget(IObjectStore Store, string Root, int Attempt, SegmentPlan Plan, TransferMeter Meter, ReadBack ReadBack = ReadBack.Full);

/// <summary>What all segments of one stream share.</summary>
/// <param name="Target">Where they go.</param>
/// <param name="Parts">The buffers of the parts.</param>
/// <param name="Gate">Says when a part may go.</param>
/// <param name="Failure">Stops everything when one part fails.</param>
internal sealed record SegmentContext(StreamTarget Target, PartPool Parts, PartGate Gate, FirstFailure Failure);

/// <summary>One segment on its way into the store: parts as they fill, or a single put when it fits into one.</summary>
internal sealed class SegmentUpload(SegmentContext context, int index) : IAsyncDisposable
{
    private readonly XxHash128 fingerprint = StoredSegment.Fingerprinter();
    private readonly IncrementalHash? sha256 = context.Target.ReadBack == ReadBack.Full ? null : IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly StreamTarget target = context.Target;
    private readonly string key = ObjectLayout.Segment(context.Target.Attempt, index);
    private readonly int partBytes = context.Target.Plan.PartBytesOf(index);
    private readonly List<Task> sending = [];
    private byte[]? filling;
    private int filled;
    private long streamBytes;
    private IObjectUpload? upload;

    /// <summary>Adds a piece's frame. Its bytes are copied, so that its buffer may be used again, unless they lie in their part already.</summary>
    internal async Task AppendAsync(Piece piece)
    {
        var frame = piece.Stored;
        fingerprint.Append(frame.Span);
        sha256?.AppendData(frame.Span);
        streamBytes += piece.Length;
        if (piece.Part is { } part)
            await AddAsync(part, frame.Length);
        else
            await CopyAsync(frame);
    }

    private async Task AddAsync(byte[] part, int count)
    {
        if (filled == partBytes)
            await SendAsync();
        if (part.Length != partBytes || (filling ?? part) != part)
            throw new InvalidOperationException("Pieces come in the order in which they lie in their parts.");
        filling = part;
        filled += count;
    }

    private async Task CopyAsync(ReadOnlyMemory<byte> frame)
    {
        while (!frame.IsEmpty)
        {
            if (filled == partBytes)
                await SendAsync();
            filling ??= await context.Parts.RentAsync(partBytes, context.Failure.Token);
            var count = Math.Min(frame.Length, filling.Length - filled);
            frame[..count].CopyTo(filling.AsMemory(filled));
            filled += count;
            frame = frame[count..];
        }
    }

    /// <summary>Ends the segment. Its last bytes are still on their way when this returns: <see cref="FinishAsync"/> waits for them.</summary>
    internal Task EndAsync() => upload is null ? Task.CompletedTask : SendAsync();

    /// <summary>Waits until the store has the whole object, and says what was sent.</summary>
    internal async Task<StoredSegment> FinishAsync()
    {
        var facts = await SendRestAsync(context.Failure.Token);
        return new StoredSegment(key, streamBytes, facts, fingerprint.GetCurrentHashAsUInt128(), sha256 is null ? null : Convert.ToHexStringLower(sha256.GetHashAndReset()));
    }

    private async Task<ObjectFacts> SendRestAsync(CancellationToken cancellationToken)
    {
        if (upload is null)
        {
            await context.Gate.EnterAsync(cancellationToken);
            var (content, count) = Taken();
            var facts = ObjectFacts.Of(content.AsSpan(0, count));
            await PutAsync(content, count, () => target.Store.PutAsync(target.Root + key, content.AsMemory(0, count), PutCondition.None, cancellationToken));
            return facts;
        }

        await Task.WhenAll(sending);
        await upload.CompleteAsync(cancellationToken);
        return upload.Describe();
    }

    /// <summary>Lets go of the upload, which gives the object up unless it is whole. Waits for the parts first: an upload is not given up under their hands.</summary>
    public async ValueTask DisposeAsync()
    {
        await Task.WhenAll(sending).ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        if (upload is not null)
            await upload.DisposeAsync();
        sha256?.Dispose();
    }

    private async Task SendAsync()
    {
        var cancellationToken = context.Failure.Token;
        upload ??= await target.Store.BeginUploadAsync(target.Root + key, cancellationToken);
        await context.Gate.EnterAsync(cancellationToken);
        var (content, count) = Taken();
        var place = sending.Count;
        sending.Add(context.Failure.GuardAsync(() => PutAsync(content, count, () => upload.PutPartAsync(place, content.AsMemory(0, count), cancellationToken))));
    }

    private (byte[] Content, int Count) Taken()
    {
        var taken = (filling!, filled);
        (filling, filled) = (null, 0);
        return taken;
    }

    private async Task PutAsync(byte[] content, int count, Func<Task> put)
    {
        var arrived = 0;
        try
        {
            await put();
            arrived = count;
            target.Meter.CountStored(count);
        }
        finally
        {
            context.Parts.Return(content);
            context.Gate.Leave(arrived);
        }
    }
}
