using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner.Sweeping;

/// <summary>
/// Goes once through all that lies under a cluster's prefix, folder by folder in the order of the keys, and removes what the
/// <see cref="SweepPlanner"/> takes for remains. A removal that is refused, as by an object lock, does not keep the others.
/// </summary>
internal sealed class ClusterSweepWork(JobRequest request, IObjectStore store, TimeProvider time)
{
    private const int KeysAtOnce = 1000;

    private readonly string prefix = ObjectLayout.Cluster(request.Backup);
    private readonly SweepRequest sweep = request.Sweep ?? throw new JobFaultException(JobFault.InvalidRequest, "A SweepCluster request has no sweep.");
    private readonly SweepTally tally = new(request.Sweep!.OnlyReports);
    private readonly StockTaker? stock = request.Sweep.Stock is { } wanted ? new(wanted) : null;
    private readonly bool isPage = request.Sweep is { OnlyReports: true, Stock.Pages: true };

    /// <summary>Does it.</summary>
    internal async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        var now = time.GetUtcNow();
        var rules = new SweepRules(
            (sweep.Asked < now ? sweep.Asked : now) - TimeSpan.FromSeconds(sweep.SafeAgeSeconds), KnownUids());

        // Uploads first: one that is ended at this very moment becomes an object, and that is young.
        var givenUp = isPage ? 0 : await store.AbandonUploadsAsync(prefix, upload => Judge(rules, upload), cancellationToken);
        tally.UploadsGivenUp += givenUp;
        await SweepObjectsAsync(rules, cancellationToken);
        var report = new JobReport { Uid = request.Backup.Uid, Attempt = request.Attempt, ObjectsRemoved = tally.ObjectsRemoved, Sweep = tally.Summary() with { Stock = stock?.Summary() }, Message = tally.Words() + StockWords() };
        return tally.Refusal is not { } refusal ? report
            : report with { Fault = JobFaultException.Read(refusal).Fault, Message = $"{refusal.Message} {report.Message}" };
    }

    private bool Judge(SweepRules rules, UnfinishedUpload upload)
    {
        var finding = SweepPlanner.Judge(rules, BackupPlace.Read(prefix, upload.Key), upload.Started);
        if (tally.IsNew(upload))
        {
            tally.Left += finding == UploadFinding.Left ? 1 : 0;
            tally.UploadsGivenUp += finding == UploadFinding.Remains && sweep.OnlyReports ? 1 : 0;
            if (finding == UploadFinding.Stranger)
                tally.Stranger(upload.Key);
        }

        return finding == UploadFinding.Remains && !sweep.OnlyReports;
    }

    private async Task SweepObjectsAsync(SweepRules rules, CancellationToken cancellationToken)
    {
        SweptFolder? folder = null;
        await foreach (var stored in store.ListAsync(prefix, cancellationToken))
        {
            if (BackupPlace.Read(prefix, stored.Key) is not { } place)
            {
                tally.Stranger(stored.Key);
                continue;
            }

            if (folder is not null && (folder.Name, folder.Uid) != (place.Name, place.Uid))
            {
                await SweepAsync(rules, folder, cancellationToken);
                folder = null;
                if (isPage && stock!.IsFull)
                    return;
            }

            folder ??= new(place.Name, place.Uid);
            if (place.Segment is { } segment)
                folder.Add(new(segment, stored.SizeBytes, stored.Modified));
            else
                (folder.ManifestModified, folder.ManifestBytes) = (stored.Modified, stored.SizeBytes);
        }

        if (folder is not null)
            await SweepAsync(rules, folder, cancellationToken);
        await SettleBeforeAsync(null, cancellationToken);
    }

    private async Task SweepAsync(SweepRules rules, SweptFolder folder, CancellationToken cancellationToken)
    {
        var backup = request.Backup with { Name = folder.Name, Uid = folder.Uid };
        var root = ObjectLayout.Root(backup);
        if (isPage && StockRequest.Order(folder.Folder, sweep.Stock!.After) <= 0)
            return;
        var manifest = folder.ManifestModified is null ? null : await ReadAsync(backup, cancellationToken);
        var plan = SweepPlanner.Plan(rules, folder, manifest);

        // A listing may lag behind; asked for by its name, an object is there or not.
        if (plan.Finding == FolderFinding.Remains && await ReadAsync(backup, cancellationToken) is not null)
            plan = new() { Finding = FolderFinding.Left, Left = folder.Segments.Count };
        await TakeStockAsync(folder.Folder, plan.Finding, manifest?.Backup, cancellationToken);
        tally.Left += plan.Left;
        tally.Backups += plan.Finding == FolderFinding.Backup ? 1 : 0;
        foreach (var stranger in plan.Strangers)
            tally.Stranger(root + stranger.Key);
        if (plan.Finding == FolderFinding.Damaged)
            tally.Damaged(folder.Folder);
        if (plan.RemoveManifest && await IsHollowAsync(root, cancellationToken))
            await RemoveAsync([(root + ObjectLayout.Manifest, folder.ManifestBytes)], cancellationToken);
        foreach (var some in plan.Remove.Chunk(KeysAtOnce))
            await RemoveAsync([.. some.Select(segment => (root + segment.Place.Key, segment.Bytes))], cancellationToken);
    }

    // What a good backup has lost a part of is for its owner to judge, not for the sweep to clear.
    private HashSet<string> KnownUids() =>
        [.. sweep.KnownUids, .. (sweep.Stock?.Expected ?? []).Select(folder => BackupFolder.Read(folder)?.Uid).OfType<string>()];

    private async Task TakeStockAsync(string folder, FolderFinding finding, StoredBackup? found, CancellationToken cancellationToken)
    {
        if (stock is null)
            return;
        await SettleBeforeAsync(folder, cancellationToken);
        if (stock.Expects(folder))
            stock.Settle(folder, finding == FolderFinding.Backup || await IsThereAsync(folder, cancellationToken));
        else if (finding == FolderFinding.Backup)
            stock.Meet(found ?? new() { Folder = folder });
    }

    // Those that the listing went by without showing them.
    private async Task SettleBeforeAsync(string? folder, CancellationToken cancellationToken)
    {
        while (stock?.Before(folder) is { } absent)
            stock.Settle(absent, await IsThereAsync(absent, cancellationToken));
    }

    // The listing was one of a whole cluster, and took its time; so a second look goes by the name alone, and is in doubt for the backup.
    private async Task<bool> IsThereAsync(string folder, CancellationToken cancellationToken)
    {
        if (BackupFolder.Read(folder) is not { } parts)
            return true;
        var backup = request.Backup with { Name = parts.Name, Uid = parts.Uid };
        if (await ReadAsync(backup, cancellationToken) is not { } manifest)
            return false;
        if (manifest.Named is not { } named)
            return true;
        var root = ObjectLayout.Root(backup);
        var absent = named.Select(place => root + place.Key).ToHashSet(StringComparer.Ordinal);
        await foreach (var stored in store.ListAsync(root + ObjectLayout.Data, cancellationToken))
            absent.Remove(stored.Key);
        return absent.Count == 0;
    }

    private string StockWords() => stock is null ? ""
        : string.Create(System.Globalization.CultureInfo.InvariantCulture, $" {stock.Summary().Offered} backups have no resource, and {stock.Summary().Missing.Count} resources have no backup.");

    private static StoredBackup Describe(BackupManifest manifest) => new()
    {
        Folder = new BackupFolder(manifest.Backup.Name, manifest.Backup.Uid).ToString(),
        Completed = manifest.Completed,
        SizeBytes = manifest.Stream.SizeBytes,
        Schedule = manifest.Schedule,
        Due = manifest.Due,
    };

    // The first listing said so too; but it was the listing of a whole cluster, and took its time.
    private async Task<bool> IsHollowAsync(string root, CancellationToken cancellationToken)
    {
        await foreach (var _ in store.ListAsync(root + ObjectLayout.Data, cancellationToken))
            return false;
        return true;
    }

    /// <summary>The manifest; null when there is none.</summary>
    private async Task<ManifestReading?> ReadAsync(BackupIdentity backup, CancellationToken cancellationToken)
    {
        var manifests = new ManifestStore(store, backup);
        try
        {
            if (await manifests.FindAsync(cancellationToken) is not { } bytes)
                return null;
            var manifest = manifests.Read(bytes);
            var places = manifest.Segments.Select(segment => SegmentPlace.Read(segment.Key)).ToList();
            return places.Contains(null) ? ManifestReading.Senseless : new(places.Select(place => place!.Value).ToHashSet(), Faulty: false, Describe(manifest));
        }
        catch (JobFaultException trouble) when (trouble.Fault == JobFault.ManifestMismatch)
        {
            return ManifestReading.Senseless;
        }
        catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.Denied or ObjectStoreFault.Refused)
        {
            return ManifestReading.Unread;
        }
    }

    private async Task RemoveAsync(IReadOnlyList<(string Key, long Bytes)> objects, CancellationToken cancellationToken)
    {
        try
        {
            if (!sweep.OnlyReports)
                await store.DeleteAsync([.. objects.Select(one => one.Key)], cancellationToken);
            tally.Removed(objects.Count, objects.Sum(one => one.Bytes));
        }
        catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.Denied or ObjectStoreFault.Refused)
        {
            tally.Refusal ??= trouble;
        }
    }
}
