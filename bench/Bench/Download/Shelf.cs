using System.Diagnostics;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Bench.Download;

/// <summary>
/// What is downloaded: one stream, stored by the runner's own classes in each coding, and for the peers as one object each. Written once before anything is measured.
/// </summary>
/// <param name="store">Where to.</param>
/// <param name="open">Opens the stream; once for each backup that is stored.</param>
internal sealed class Shelf(IObjectStore store, Func<System.IO.Stream> open)
{
    private const int CopyBytes = 1 << 20;
    private const string KeyId = "bench";

    internal Shelf(IObjectStore store, int mebibytes)
        : this(store, () => new MadeStream(mebibytes))
    {
    }

    /// <summary>The object that peers fetch.</summary>
    internal static string PeerKey(Codec codec) => $"peers/stream{(codec == Codec.Zstd ? ".zst" : "")}";

    /// <summary>The folder of the key that sealed backups are sealed with.</summary>
    internal static string Keys => Directory.CreateDirectory(Path.Combine(Workplace.Folder, "keys")).FullName;

    internal static BackupIdentity Identity(Codec codec, bool seals) =>
        new() { Namespace = Credentials.Namespace, Cluster = Credentials.Cluster, Name = "bench", Uid = $"{codec}{(seals ? "-sealed" : "")}".ToLowerInvariant() };

    internal static SealingRequest Sealing => new() { SecretName = "bench", KeyId = KeyId };

    /// <summary>Writes a backup of ours, and where it is in the clear the peers' object too.</summary>
    internal async Task StoreAsync(Codec codec, bool seals)
    {
        var backup = Identity(codec, seals);
        var request = new JobRequest
        {
            Operation = JobOperation.Backup,
            Backup = backup,
            Attempt = 1,
            Storage = new StorageRequest { Name = "shelf", Type = StorageType.S3 },
            Compression = new CompressionRequest { Codec = codec },
            Sealing = seals ? Sealing : null,
        };
        if (seals)
            await File.WriteAllTextAsync(Path.Combine(Keys, KeyId), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        using var seal = BackupSeal.Begin(request, seals ? new OwnerKeys(Sealing, Keys) : null);
        var meter = new TransferMeter();
        var root = ObjectLayout.Root(backup);
        var target = new StreamTarget(store, root, 1, SegmentPlan.Standard, meter);
        IReadOnlyList<StoredSegment> sent;
        await using (var stream = open())
            sent = await new StreamStorer(target, request.Compression, FlowPlan.OfThisProcess(request.Compression), TimeProvider.System, seal).StoreAsync(stream, CancellationToken.None);
        var segments = await SumAsync(root, await new StoreChecker(store, root, meter).DescribeAsync(sent, CancellationToken.None));
        var manifest = Manifest(request, seal, meter.BytesRead, segments);
        var bytes = seal?.Seal(ManifestStore.Bytes(manifest)) ?? ManifestStore.Bytes(manifest);
        await new ManifestStore(store, backup).CommitAsync(bytes, CancellationToken.None);
        if (!seals)
            await JoinAsync(segments.Select(segment => root + segment.Key), PeerKey(codec));
    }

    /// <summary>The store's own list, for a server that has none.</summary>
    internal async Task<string> ListAsync()
    {
        var list = new StringBuilder("<?xml version=\"1.0\" encoding=\"UTF-8\"?><ListBucketResult xmlns=\"http://s3.amazonaws.com/doc/2006-03-01/\"><Name>shelf</Name><IsTruncated>false</IsTruncated>");
        await foreach (var found in store.ListAsync("", CancellationToken.None))
            list.Append(CultureInfo.InvariantCulture, $"<Contents><Key>{Target.Prefix}{found.Key}</Key><LastModified>2026-01-01T00:00:00.000Z</LastModified><Size>{found.SizeBytes}</Size></Contents>");
        return list.Append("</ListBucketResult>").ToString();
    }

    /// <summary>Removes all of it.</summary>
    internal async Task ClearAsync()
    {
        var keys = new List<string>();
        await foreach (var found in store.ListAsync("", CancellationToken.None))
            keys.Add(found.Key);
        await store.DeleteAsync(keys, CancellationToken.None);
    }

    private static BackupManifest Manifest(JobRequest request, BackupSeal? seal, long bytes, IReadOnlyList<SegmentDescription> segments) => new()
    {
        Version = seal is null ? 1 : BackupManifest.SealedVersion,
        Backup = request.Backup,
        Engine = BackupEngine.MariaDbBackup,
        Positions = new BackupPositions(),
        SourcePod = "bench",
        Started = TimeProvider.System.GetUtcNow(),
        Completed = TimeProvider.System.GetUtcNow(),
        Codec = request.Compression.Codec,
        Sealing = seal?.Description,
        Stream = new StreamDescription { SizeBytes = bytes },
        Segments = segments,
    };

    // A folder keeps no checksum beside its files. Whoever stores into an object store has one by CRC-32C in his manifest, as it was sent.
    private async Task<IReadOnlyList<SegmentDescription>> SumAsync(string root, IReadOnlyList<SegmentDescription> segments)
    {
        var summed = new List<SegmentDescription>();
        var buffer = new byte[CopyBytes];
        foreach (var segment in segments)
        {
            await using var source = await store.OpenAsync(root + segment.Key, 0, CancellationToken.None);
            uint sum = 0;
            int count;
            while ((count = await source.ReadAsync(buffer, CancellationToken.None)) > 0)
                sum = Crc32C.Combine(sum, Crc32C.Compute(buffer.AsSpan(0, count)), count);
            summed.Add(segment with { Crc32C = Crc32C.Base64(sum) });
        }

        return summed;
    }

    private async Task JoinAsync(IEnumerable<string> keys, string target)
    {
        await using var upload = await store.BeginUploadAsync(target, CancellationToken.None);
        var part = new byte[SegmentPlan.Standard.PartBytes];
        var (index, filled) = (0, 0);
        foreach (var key in keys)
        {
            await using var source = await store.OpenAsync(key, 0, CancellationToken.None);
            int count;
            while ((count = await source.ReadAsync(part.AsMemory(filled, Math.Min(CopyBytes, part.Length - filled)), CancellationToken.None)) > 0)
            {
                filled += count;
                if (filled < part.Length)
                    continue;
                await upload.PutPartAsync(index++, part, CancellationToken.None);
                filled = 0;
            }
        }

        if (filled > 0)
            await upload.PutPartAsync(index, part.AsMemory(0, filled), CancellationToken.None);
        await upload.CompleteAsync(CancellationToken.None);
    }

    /// <summary>The bench's stream as another process makes it.</summary>
    private sealed class MadeStream : System.IO.Stream
    {
        private readonly Process process;

        internal MadeStream(int mebibytes) => process = Process.Start(new ProcessStartInfo(Workplace.Bench, ["stream", Workplace.Pool, $"{mebibytes}"]) { RedirectStandardOutput = true })!;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => process.StandardOutput.BaseStream.ReadAsync(buffer, cancellationToken);

        public override int Read(byte[] buffer, int offset, int count) => process.StandardOutput.BaseStream.Read(buffer, offset, count);

        public override void Flush() => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            process.Kill();
            process.Dispose();
            base.Dispose(disposing);
        }
    }
}
