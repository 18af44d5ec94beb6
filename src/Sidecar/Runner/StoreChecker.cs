using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Reads segments back and compares them with what was written.</summary>
internal sealed class StoreChecker(IObjectStore store, string root, TransferMeter meter, TimeProvider time)
{
    private const int ReadsAtOnce = 3;
    private const int ReadBytes = 256 * 1024;
    private const int ReadAttempts = 5;

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
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await foreach (var count in ReadAsync(root + segment.Key, read, hash, cancellationToken))
                    read += count;
                break;
            }
            catch (Exception trouble) when (attempt < ReadAttempts && IsTransient(trouble))
            {
                // Goes on where it stopped: the digest so far is of bytes that did arrive.
                await Task.Delay(TimeSpan.FromSeconds(attempt), time, cancellationToken);
            }
            catch (Exception trouble) when (trouble is IOException or HttpRequestException)
            {
                throw new JobFaultException(JobFault.StorageUnavailable, $"{segment.Key} could not be read back from {store.Location}: {trouble.Message}", trouble);
            }
        }

        if (read != segment.StoredBytes)
            throw Mismatch(segment, string.Create(CultureInfo.InvariantCulture, $"gave {read} bytes when it was read back instead of {segment.StoredBytes}"));
        if (Convert.ToHexStringLower(hash.GetHashAndReset()) != segment.Sha256)
            throw Mismatch(segment, "was read back with another SHA-256 than it was written with");
    }

    private async IAsyncEnumerable<int> ReadAsync(
        string key, long offset, IncrementalHash hash, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            await using var source = await store.OpenAsync(key, offset, cancellationToken);
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                hash.AppendData(buffer, 0, count);
                meter.CountVerified(count);
                yield return count;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static bool IsTransient(Exception trouble) =>
        trouble is IOException or HttpRequestException or ObjectStoreException { Fault: ObjectStoreFault.Transient or ObjectStoreFault.Corrupted };

    private JobFaultException Mismatch(SegmentDescription segment, string what) =>
        new(JobFault.ManifestMismatch, $"{segment.Key} {what}. The store {store.Location} did not keep what it acknowledged; nothing was committed.");
}
