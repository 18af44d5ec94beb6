using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Reads segments back and compares them with what was written.</summary>
internal sealed class StoreChecker(IObjectStore store, string root, TransferMeter meter)
{
    private const int ReadsAtOnce = 3;
    private const int ReadBytes = 256 * 1024;

    /// <summary>Returns when every segment is there, with its size and its digest; throws otherwise.</summary>
    internal async Task CheckAsync(IReadOnlyList<SegmentDescription> segments, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var stored in store.ListAsync(root + ObjectLayout.Data, cancellationToken))
            found[stored.Key[root.Length..]] = stored.SizeBytes;
        foreach (var segment in segments)
        {
            if (!found.TryGetValue(segment.Key, out var size))
                throw Mismatch(segment, "is not in the store's list");
            if (size != segment.StoredBytes)
                throw Mismatch(segment, string.Create(CultureInfo.InvariantCulture, $"has {size} bytes in the store's list instead of {segment.StoredBytes}"));
        }

        var parallel = new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(segments, parallel, async (segment, token) => await CheckAsync(segment, token));
    }

    private async Task CheckAsync(SegmentDescription segment, CancellationToken cancellationToken)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var read = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            await using var source = await store.OpenAsync(root + segment.Key, 0, cancellationToken);
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                meter.CountVerified(count);
                read += count;
            }
        }
        catch (IOException trouble)
        {
            throw new JobFaultException(JobFault.StorageUnavailable, $"{segment.Key} could not be read back from {store.Location}: {trouble.Message}", trouble);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (read != segment.StoredBytes)
            throw Mismatch(segment, string.Create(CultureInfo.InvariantCulture, $"gave {read} bytes when it was read back instead of {segment.StoredBytes}"));
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != segment.Sha256)
            throw Mismatch(segment, "was read back with another SHA-256 than it was written with");
    }

    private JobFaultException Mismatch(SegmentDescription segment, string what) =>
        new(JobFault.ManifestMismatch, $"{segment.Key} {what}. The store {store.Location} did not keep what it acknowledged; nothing was committed.");
}
