using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Reading;

/// <summary>Backups of one stream as the runner's own classes store them, one in each coding.</summary>
public sealed class OurBackups : IAsyncLifetime
{
    private static readonly SealingRequest Sealing = new() { SecretName = "backup-keys", KeyId = "key-1" };

    private readonly MemoryObjectStore store = new();
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("our-backups-");

    internal byte[] Stream { get; } = Frames.Whole("orders", RandomNumberGenerator.GetBytes(20_000_000 - 60));

    internal OwnerKeys Keys => new(Sealing, On("keys"));

    /// <summary>Keys of the same names that are others.</summary>
    internal OwnerKeys WrongKeys => new(Sealing, On("wrong"));

    internal OwnerKeys NoKeys => new(Sealing, On("none"));

    public async ValueTask InitializeAsync()
    {
        foreach (var name in new[] { "keys", "wrong" })
        {
            Directory.CreateDirectory(On(name));
            await File.WriteAllTextAsync(Path.Combine(On(name), Sealing.KeyId), Convert.ToBase64String(RandomNumberGenerator.GetBytes(32)));
        }

        foreach (var codec in Enum.GetValues<Codec>())
        {
            await StoreAsync(codec, seals: false);
            await StoreAsync(codec, seals: true);
        }
    }

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    internal static BackupIdentity Of(Codec codec, bool seals) =>
        new() { Namespace = "shop", Cluster = "orders", Name = "b1", Uid = $"{codec}-{(seals ? "sealed" : "clear")}".ToLowerInvariant() };

    /// <summary>A store with one of them, to be spoiled.</summary>
    internal async Task<MemoryObjectStore> CopyAsync(Codec codec, bool seals)
    {
        var copy = new MemoryObjectStore();
        await foreach (var found in store.ListAsync(ObjectLayout.Root(Of(codec, seals)), CancellationToken.None))
            await copy.PutAsync(found.Key, await ReadAsync(store, found.Key), PutCondition.None, CancellationToken.None);
        return copy;
    }

    internal Task<SegmentedBackup> OpenAsync(IObjectStore from, Codec codec, bool seals, ReadBudget? budget = null) =>
        SegmentedBackup.OpenAsync(from, Of(codec, seals), seals ? Keys : null, budget ?? ReadBudget.Standard, CancellationToken.None);

    internal static async Task<byte[]> ReadAsync(IObjectStore from, string key)
    {
        await using var source = await from.OpenAsync(key, 0, CancellationToken.None);
        using var copy = new MemoryStream();
        await source.CopyToAsync(copy);
        return copy.ToArray();
    }

    private string On(string name) => Path.Combine(folder.FullName, name);

    // Segments of four pieces.
    private async Task StoreAsync(Codec codec, bool seals)
    {
        var request = new JobRequest
        {
            Operation = JobOperation.Backup,
            Backup = Of(codec, seals),
            Attempt = 1,
            Storage = new StorageRequest { Name = "main", Type = StorageType.S3 },
            Compression = new CompressionRequest { Codec = codec },
        };
        var (root, meter) = (ObjectLayout.Root(request.Backup), new TransferMeter());
        using var seal = BackupSeal.Begin(request, seals ? Keys : null);
        var target = new StreamTarget(store, root, 1, new SegmentPlan(8 << 20, 1000, 5 << 20), meter);
        var sent = await new StreamStorer(target, request.Compression, FlowPlan.OfThisProcess(request.Compression), TimeProvider.System, seal).StoreAsync(new MemoryStream(Stream), CancellationToken.None);
        var manifest = new BackupManifest
        {
            Version = seals ? BackupManifest.SealedVersion : 1,
            Backup = request.Backup,
            Engine = BackupEngine.MariaDbBackup,
            Positions = new BackupPositions { ToolVersion = "10.11.19-MariaDB" },
            SourcePod = "orders-mysql-1",
            Started = DateTimeOffset.UnixEpoch,
            Completed = DateTimeOffset.UnixEpoch,
            Codec = codec,
            Sealing = seal?.Description,
            Stream = new StreamDescription { SizeBytes = meter.BytesRead },
            Segments = await new StoreChecker(store, root, meter).DescribeAsync(sent, CancellationToken.None),
        };
        await new ManifestStore(store, request.Backup).CommitAsync(seal?.Seal(ManifestStore.Bytes(manifest)) ?? ManifestStore.Bytes(manifest), CancellationToken.None);
    }
}

/// <summary>Made once for all that read them.</summary>
[CollectionDefinition(nameof(OurBackups))]
public sealed class OurBackupsCollection : ICollectionFixture<OurBackups>;
