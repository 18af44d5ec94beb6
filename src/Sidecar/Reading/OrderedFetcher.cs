using System.Globalization;
using System.Threading.Channels;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// Fetches slices side by side and gives them out in their order. A buffer is taken before anything is asked for, always by the slice that comes
/// first, so the memory is fixed and the one that is waited for is never the one without a buffer.
/// </summary>
internal sealed class OrderedFetcher(IObjectStore store, ReadBudget budget) : IDisposable
{
    // A buffer's worth of empty objects would be no end of them.
    private const int MostSlices = 256;

    private readonly BufferPool<Block> blocks = new(budget.Blocks, () => new Block(budget.BlockBytes));
    private readonly SemaphoreSlim requests = new(budget.RequestsAtOnce);

    /// <summary>Fetches all. Each block comes as soon as it is asked for and is there later; whoever used it gives it back.</summary>
    internal async Task FetchAsync(IEnumerable<Slice> slices, ChannelWriter<Task<Block>> fetched, FirstFailure failure)
    {
        try
        {
            foreach (var run in Pack(slices))
            {
                var block = await blocks.RentAsync(failure.Token);
                block.Begin(run);
                fetched.TryWrite(FillAsync(block, failure));
            }
        }
        finally
        {
            fetched.Complete();
        }
    }

    /// <summary>Gives a block back.</summary>
    internal void Return(Block block) => blocks.Return(block);

    public void Dispose() => requests.Dispose();

    private IEnumerable<List<Slice>> Pack(IEnumerable<Slice> slices)
    {
        var run = new List<Slice>();
        var bytes = 0;
        foreach (var slice in slices)
        {
            if (run.Count > 0 && (bytes + slice.Length > budget.BlockBytes || run.Count == MostSlices))
            {
                yield return run;
                (run, bytes) = ([], 0);
            }

            run.Add(slice);
            bytes += slice.Length;
        }

        if (run.Count > 0)
            yield return run;
    }

    private async Task<Block> FillAsync(Block block, FirstFailure failure)
    {
        await failure.GuardAsync(() => Task.WhenAll(block.Each().Where(part => part.Slice.Length > 0).Select(part => ReadAsync(part.Slice, part.Bytes, failure.Token))));
        return block;
    }

    private async Task ReadAsync(Slice slice, Memory<byte> bytes, CancellationToken cancellationToken)
    {
        await requests.WaitAsync(cancellationToken);
        try
        {
            await using var source = slice.IsWhole
                ? await store.OpenAsync(slice.Key, 0, cancellationToken)
                : await store.OpenRangeAsync(slice.Key, slice.Offset, slice.Length, cancellationToken);
            var read = await source.ReadAtLeastAsync(bytes, bytes.Length, throwOnEndOfStream: false, cancellationToken);
            if (read < bytes.Length)
                throw Changed(slice, string.Create(CultureInfo.InvariantCulture, $"ends after {slice.Offset + read} bytes instead of {slice.ObjectBytes}"));

            // The end has to be seen as well: it shows a longer object, and lets the connection be used again.
            if (await source.ReadAsync(new byte[1], cancellationToken) > 0)
                throw Changed(slice, string.Create(CultureInfo.InvariantCulture, $"goes on after its {slice.ObjectBytes} bytes"));
        }
        catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
        {
            throw Changed(slice, "is not there any more");
        }
        catch (IOException trouble)
        {
            throw new JobFaultException(JobFault.StorageUnavailable, $"{slice.Key} could not be read from {store.Location}: {trouble.Message}", trouble);
        }
        finally
        {
            requests.Release();
        }
    }

    private JobFaultException Changed(Slice slice, string how) =>
        new(JobFault.ManifestMismatch, $"{store.Location}: {slice.Key} {how}: it was changed since the backup was made or listed.");
}
