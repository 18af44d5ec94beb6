using System.Text;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sweeping;
using ControlPlane.Storage;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Sidecar.Tests.Sweeping;

/// <summary>A cluster's place in a store, planted as years of service may leave it, and the sweep of it.</summary>
internal sealed class PlantedCluster(IObjectStore store, FakeTimeProvider runnersClock)
{
    internal const string ClusterUid = "c3b1e0a2-0000-4000-8000-000000000001";

    internal IObjectStore Store => store;

    internal static string UidOf(int number) => $"0d1f7f4e-8a55-4f0b-9c0a-{number:d12}";

    internal static BackupIdentity Backup(int number, string cluster = "orders") =>
        new() { Namespace = "shop", Cluster = cluster, Name = $"b{number}", Uid = UidOf(number) };

    internal Task PutAsync(string key, string content = "x") => store.PutAsync(key, Encoding.UTF8.GetBytes(content), PutCondition.None, CancellationToken.None);

    internal async Task PutSegmentsAsync(BackupIdentity backup, params SegmentPlace[] places)
    {
        foreach (var place in places)
            await PutAsync(ObjectLayout.Root(backup) + place.Key, "data");
    }

    internal async Task PutManifestAsync(BackupIdentity backup, params SegmentPlace[] named) =>
        await store.PutAsync(ObjectLayout.Root(backup) + ObjectLayout.Manifest, ManifestStore.Bytes(Manifest(backup, named)), PutCondition.None, CancellationToken.None);

    internal async Task BeginUploadAsync(string key)
    {
        // Never ended, as by a process that was killed.
        var upload = await store.BeginUploadAsync(key, CancellationToken.None);
        await upload.PutPartAsync(0, "part"u8.ToArray(), CancellationToken.None);
    }

    /// <summary>A sweep that compares, and removes nothing.</summary>
    internal async Task<StockSummary> TakeStockAsync(StockRequest stock, IObjectStore? through = null)
    {
        var request = Request(TimeSpan.FromDays(8), onlyReports: true, runnersClock.GetUtcNow());
        var report = await new ClusterSweepWork(request with { Sweep = request.Sweep! with { Stock = stock } }, through ?? store, runnersClock).RunAsync(CancellationToken.None);
        Assert.True(ReportWriter.Bytes(report).Length <= JobReport.MaxBytes);
        return report.Sweep!.Stock!;
    }

    /// <summary>A whole backup of one segment.</summary>
    internal async Task PutBackupAsync(BackupIdentity backup, DateTimeOffset? completed = null, string? schedule = null)
    {
        await PutSegmentsAsync(backup, new SegmentPlace(1, 0));
        var manifest = Manifest(backup, [new(1, 0)]) with { Completed = completed ?? DateTimeOffset.UnixEpoch, Schedule = schedule };
        await store.PutAsync(ObjectLayout.Root(backup) + ObjectLayout.Manifest, ManifestStore.Bytes(manifest), PutCondition.None, CancellationToken.None);
    }

    internal static string FolderOf(BackupIdentity backup) => new BackupFolder(backup.Name, backup.Uid).ToString();

    internal Task<JobReport> SweepAsync(TimeSpan safeAge, bool onlyReports = false, DateTimeOffset? asked = null, params string[] known) =>
        new ClusterSweepWork(Request(safeAge, onlyReports, asked ?? runnersClock.GetUtcNow(), known), store, runnersClock).RunAsync(CancellationToken.None);

    internal async Task<List<string>> KeysAsync()
    {
        var keys = new List<string>();
        await foreach (var stored in store.ListAsync("", CancellationToken.None))
            keys.Add(stored.Key);
        return keys;
    }

    internal static JobRequest Request(TimeSpan safeAge, bool onlyReports, DateTimeOffset asked, params string[] known) => new()
    {
        Version = JobRequest.ClusterSweepVersion,
        Operation = JobOperation.SweepCluster,
        Backup = new() { Namespace = "shop", Cluster = "orders", Name = "orders", Uid = ClusterUid },
        Attempt = 1,
        Storage = new() { Name = "main", Type = StorageType.S3, S3 = new() { Bucket = "backups" } },
        Sweep = new() { Asked = asked, SafeAgeSeconds = (long)safeAge.TotalSeconds, KnownUids = known, OnlyReports = onlyReports },
    };

    private static BackupManifest Manifest(BackupIdentity backup, IReadOnlyList<SegmentPlace> named) => new()
    {
        Backup = backup,
        Engine = BackupEngine.MariaDbBackup,
        Positions = new(),
        SourcePod = "orders-mysql-0",
        Started = DateTimeOffset.UnixEpoch,
        Completed = DateTimeOffset.UnixEpoch,
        Codec = Codec.None,
        Stream = new() { SizeBytes = 4 * named.Count },
        Segments = [.. named.Select(place => new SegmentDescription { Key = place.Key, StoredBytes = 4, SizeBytes = 4, Sha256 = new('0', 64) })],
    };
}
