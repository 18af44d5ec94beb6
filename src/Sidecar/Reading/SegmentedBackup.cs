using System.Globalization;
using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>A backup of ours: the layout of <c>docs/backup-format.md</c>.</summary>
internal sealed class SegmentedBackup : IBackupSource
{
    private const int MostNamed = 20;

    private readonly IObjectStore store;
    private readonly BackupManifest manifest;
    private readonly string root;
    private readonly string attempt;
    private readonly byte[]? chunkKey;
    private readonly ReadBudget budget;

    private SegmentedBackup(IObjectStore store, BackupManifest manifest, DataKey? key, ReadBudget budget)
    {
        (this.store, this.manifest, this.budget) = (store, manifest, budget);
        root = ObjectLayout.Root(manifest.Backup);
        Contents = new BackupContents
        {
            Layout = BackupLayout.Segments,
            Place = $"{store.Location}/{root}",
            Engine = manifest.Engine,
            Positions = manifest.Positions,
            StreamBytes = manifest.Stream.SizeBytes,
            StoredBytes = manifest.Segments.Sum(segment => segment.StoredBytes),
            Objects = manifest.Segments.Count,
            EncryptionKeyId = manifest.Sealing?.KeyId,
            Parts = [.. manifest.Segments.Select(segment => new BackupPart(segment.Key, segment.StoredBytes))],
            Strangers = new NamedFew(MostNamed),
        };
        attempt = Attempt();
        chunkKey = key?.ChunkKey();
    }

    public BackupContents Contents { get; }

    /// <summary>Finds a backup. A missing manifest, a key that is missing or does not fit, and objects that are not in the store's list are told here.</summary>
    internal static async Task<SegmentedBackup> OpenAsync(IObjectStore store, BackupIdentity backup, OwnerKeys? keys, ReadBudget budget, CancellationToken cancellationToken)
    {
        var manifests = new ManifestStore(store, backup);
        var bytes = await manifests.FindAsync(cancellationToken)
            ?? throw new JobFaultException(JobFault.ManifestMismatch, $"{manifests.Place} is not there: what lies in this folder, if anything, is no backup.");
        var manifest = manifests.Read(bytes);
        if (keys is null)
            ManifestSeal.Check(manifest, bytes, keys, manifests.Place);
        using var key = keys is null ? null : ManifestSeal.Open(manifest, bytes, keys, manifests.Place);
        var source = new SegmentedBackup(store, manifest, key, budget);
        try
        {
            await source.FindAsync(cancellationToken);
            return source;
        }
        catch
        {
            source.Dispose();
            throw;
        }
    }

    public async Task WriteToAsync(Stream target, CancellationToken cancellationToken)
    {
        using var fetcher = new OrderedFetcher(store, budget);
        using var stage = new SegmentStage(manifest.Segments, fetcher, new SegmentCoding(manifest.Codec, chunkKey is null ? null : MakeSealer), Mismatch);
        var check = new XbStreamCheck();
        var ofSegment = 0L;
        await OrderedPipe.RunAsync(Slices(), fetcher, stage.RunAsync, WriteAsync, cancellationToken);

        async Task WriteAsync(Outgoing next, CancellationToken token)
        {
            check.Pass(next.Content.Span);
            ofSegment += next.Content.Length;
            if (check.Fault is { } fault)
                throw Mismatch(next.Part, $"was read, and {fault}");
            if (next.EndsPart)
                EndSegment(next.Part, ofSegment, check);
            ofSegment = next.EndsPart ? 0 : ofSegment;
            await target.WriteAsync(next.Content, token);
        }
    }

    public void Dispose() => CryptographicOperations.ZeroMemory(chunkKey);

    private void EndSegment(int segment, long bytes, XbStreamCheck check)
    {
        if (bytes != manifest.Segments[segment].SizeBytes)
            throw Mismatch(segment, string.Create(CultureInfo.InvariantCulture, $"holds {bytes} bytes of the stream, and its manifest says {manifest.Segments[segment].SizeBytes}"));
        if (segment == manifest.Segments.Count - 1 && check.Objection() is { } objection)
            throw Mismatch(segment, $"is the last segment, and {objection}");
    }

    private ChunkSealer MakeSealer() => new(chunkKey!, root + attempt);

    private IEnumerable<Slice> Slices() =>
        manifest.Segments.SelectMany((segment, index) => Slice.Of(root + segment.Key, segment.StoredBytes, index, budget.BlockBytes));

    // A manifest's keys are a stranger's words until the segments agree with them: they must not lead anywhere else.
    private string Attempt()
    {
        var first = manifest.Segments is [{ Key: var key }, ..] ? key : throw Malformed("it names no segment");
        var end = first.LastIndexOf('/') + 1;
        var number = first[..end].StartsWith(ObjectLayout.Data, StringComparison.Ordinal) ? first[ObjectLayout.Data.Length..Math.Max(end - 1, ObjectLayout.Data.Length)] : "";
        if (!int.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out var attempt) || attempt < 1)
            throw Malformed($"'{first}' is no segment's key");
        for (var index = 0; index < manifest.Segments.Count; index++)
        {
            var segment = manifest.Segments[index];
            if (segment.Key != ObjectLayout.Segment(attempt, index) || segment.StoredBytes < 0 || segment.SizeBytes < 0)
                throw Malformed($"'{segment.Key}' is not the segment {ObjectLayout.Segment(attempt, index)}");
        }

        return manifest.Segments.Sum(segment => segment.SizeBytes) == manifest.Stream.SizeBytes
            ? ObjectLayout.Attempt(attempt)
            : throw Malformed("its segments are not as long as its stream");
    }

    private async Task FindAsync(CancellationToken cancellationToken)
    {
        var wanted = manifest.Segments.ToDictionary(segment => root + segment.Key, segment => segment.StoredBytes, StringComparer.Ordinal);
        var faults = new NamedFew(MostNamed);
        await foreach (var found in store.ListAsync(root, cancellationToken))
        {
            // Not every server that calls itself a store keeps to the prefix.
            if (!found.Key.StartsWith(root, StringComparison.Ordinal))
                continue;
            if (!wanted.Remove(found.Key, out var bytes))
                AddStranger(found.Key[root.Length..]);
            else if (bytes != found.SizeBytes)
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{found.Key[root.Length..]} has {found.SizeBytes} bytes instead of {bytes}"));
        }

        foreach (var key in wanted.Keys.Order(StringComparer.Ordinal))
            faults.Add($"{key[root.Length..]} is missing");
        if (faults.Count > 0)
            throw new JobFaultException(JobFault.ManifestMismatch, $"The backup is not whole: {faults.Join(", ")}. It lies in {Contents.Place}");
    }

    private void AddStranger(string key)
    {
        if (key != ObjectLayout.Manifest)
            Contents.Strangers.Add(key);
    }

    private JobFaultException Mismatch(int segment, string what) =>
        new(JobFault.ManifestMismatch, $"{store.Location}: {root}{manifest.Segments[segment].Key} {what}. What was written of it has to be thrown away.");

    private JobFaultException Malformed(string why) =>
        new(JobFault.ManifestMismatch, $"{store.Location}: {root}{ObjectLayout.Manifest} is no manifest of a backup that can be read: {why}.");
}
