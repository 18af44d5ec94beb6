using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Compares segments with what was sent, or with what a manifest says. Every byte of them is read back; by <see cref="ReadBack.Listing"/>
/// only of those of which the store keeps no checksum that could be compared instead.
/// </summary>
internal sealed class StoreChecker(IObjectStore store, string root, TransferMeter meter, ReadBack readBack = ReadBack.Full)
{
    private const int ReadsAtOnce = 3;
    private const int ReadBytes = 256 * 1024;

    private delegate void Taker(ReadOnlySpan<byte> bytes);

    /// <summary>Returns when every segment is there as a manifest says, with its size and its SHA-256; throws otherwise.</summary>
    internal async Task CheckAsync(IReadOnlyList<SegmentDescription> segments, CancellationToken cancellationToken)
    {
        await FindAsync(segments.Select(segment => (segment.Key, segment.StoredBytes)), cancellationToken);
        await EachAsync(segments, async (segment, _, token) =>
        {
            if (await IsVouchedForAsync(segment.Key, new ObjectFacts(segment.StoredBytes) { Crc32C = segment.Crc32C }, token))
                return;
            using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            await ReadAsync(segment.Key, segment.StoredBytes, sha256.AppendData, token);
            if (Text(sha256) != segment.Sha256)
                throw Mismatch(segment.Key, "was read back with another SHA-256 than it was written with");
        }, cancellationToken);
    }

    /// <summary>Describes, for a manifest, the segments that were just sent; throws when one is not there as it was sent.</summary>
    internal async Task<IReadOnlyList<SegmentDescription>> DescribeAsync(IReadOnlyList<StoredSegment> segments, CancellationToken cancellationToken)
    {
        await FindAsync(segments.Select(segment => (segment.Key, segment.StoredBytes)), cancellationToken);
        var described = new SegmentDescription[segments.Count];
        await EachAsync(segments, async (sent, index, token) =>
        {
            var sha256 = sent.Sha256 is { } known && await IsVouchedForAsync(sent.Key, sent.Facts, token) ? known : await ReadAsync(sent, token);
            described[index] = new SegmentDescription
            {
                Key = sent.Key,
                StoredBytes = sent.StoredBytes,
                SizeBytes = sent.SizeBytes,
                Sha256 = sha256,
                Crc32C = sent.Facts.Crc32C,
            };
        }, cancellationToken);
        return described;
    }

    // Whether the store itself says that it holds this, by a checksum of the whole object.
    private async Task<bool> IsVouchedForAsync(string key, ObjectFacts facts, CancellationToken cancellationToken)
    {
        if (readBack == ReadBack.Full)
            return false;
        var kept = await store.LookAsync(root + key, cancellationToken);
        if (!facts.Agrees(kept))
            throw Mismatch(key, "has another length or checksum in the store than was sent");
        if (!facts.SharesChecksum(kept))
            return false;
        meter.CountVerified(facts.SizeBytes);
        return true;
    }

    private async Task<string> ReadAsync(StoredSegment sent, CancellationToken cancellationToken)
    {
        using var sha256 = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var fingerprint = StoredSegment.Fingerprinter();
        await ReadAsync(sent.Key, sent.StoredBytes, Take, cancellationToken);
        return fingerprint.GetCurrentHashAsUInt128() == sent.Fingerprint ? Text(sha256) : throw Mismatch(sent.Key, "was read back with other bytes than were sent");

        void Take(ReadOnlySpan<byte> bytes)
        {
            sha256.AppendData(bytes);
            fingerprint.Append(bytes);
        }
    }

    private async Task FindAsync(IEnumerable<(string Key, long StoredBytes)> segments, CancellationToken cancellationToken)
    {
        var found = new Dictionary<string, long>(StringComparer.Ordinal);
        await foreach (var stored in store.ListAsync(root + ObjectLayout.Data, cancellationToken))
            found[stored.Key[root.Length..]] = stored.SizeBytes;
        foreach (var (key, bytes) in segments)
        {
            if (!found.TryGetValue(key, out var size))
                throw Mismatch(key, "is not in the store's list");
            if (size != bytes)
                throw Mismatch(key, string.Create(CultureInfo.InvariantCulture, $"has {size} bytes in the store's list instead of {bytes}"));
        }
    }

    private static Task EachAsync<T>(IReadOnlyList<T> segments, Func<T, int, CancellationToken, Task> check, CancellationToken cancellationToken) => Parallel.ForAsync(
        0,
        segments.Count,
        new ParallelOptions { MaxDegreeOfParallelism = ReadsAtOnce, CancellationToken = cancellationToken },
        async (index, token) => await check(segments[index], index, token));

    private async Task ReadAsync(string key, long bytes, Taker take, CancellationToken cancellationToken)
    {
        var read = 0L;
        var buffer = ArrayPool<byte>.Shared.Rent(ReadBytes);
        try
        {
            await using var source = await store.OpenAsync(root + key, 0, cancellationToken);
            int count;
            while ((count = await source.ReadAsync(buffer, cancellationToken)) > 0)
            {
                take(buffer.AsSpan(0, count));
                meter.CountVerified(count);
                read += count;
            }
        }
        catch (IOException trouble)
        {
            throw new JobFaultException(JobFault.StorageUnavailable, $"{key} could not be read back from {store.Location}: {trouble.Message}", trouble);
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }

        if (read != bytes)
            throw Mismatch(key, string.Create(CultureInfo.InvariantCulture, $"gave {read} bytes when it was read back instead of {bytes}"));
    }

    private static string Text(IncrementalHash hash) => Convert.ToHexStringLower(hash.GetHashAndReset());

    private JobFaultException Mismatch(string key, string what) =>
        new(JobFault.ManifestMismatch, $"{key} {what}. The store {store.Location} did not keep what it acknowledged; nothing was committed.");
}
