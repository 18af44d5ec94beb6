using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Runner;

/// <summary>What is wrong with a request; all of it at once.</summary>
internal static class RequestFaults
{
    private const int HighestLevel = 19;

    // Ten years: what is older than that was never asked for by anybody.
    private const long LongestSafeAgeSeconds = 3650L * 24 * 60 * 60;

    internal static IReadOnlyList<string> Of(JobRequest request) => [.. All(request).OfType<string>()];

    private static IEnumerable<string?> All(JobRequest request)
    {
        if (request.Version is < 1 or > JobRequest.CurrentVersion)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"version is {request.Version}; this runner knows those up to {JobRequest.CurrentVersion}: its image and the plane's do not fit together.");
            yield break;
        }

        yield return Part("backup.namespace", request.Backup.Namespace);
        yield return Part("backup.cluster", request.Backup.Cluster);
        yield return Part("backup.name", request.Backup.Name);
        yield return Part("backup.uid", request.Backup.Uid);
        yield return request.Folder is { } folder && BackupFolder.Read(folder.ToString()) != folder ? $"folder is '{folder}', which is no name of a backup's folder: a name, a dash and a UID." : null;
        yield return request is { Operation: JobOperation.Import, Folder: null } ? "folder is absent, and an Import needs it." : null;
        yield return request.Attempt < 1 ? string.Create(CultureInfo.InvariantCulture, $"attempt is {request.Attempt}; attempts are counted from 1.") : null;
        yield return request.Compression is { Codec: Codec.Zstd, Level: < 1 or > HighestLevel }
            ? string.Create(CultureInfo.InvariantCulture, $"compression.level is {request.Compression.Level}; zstd has levels 1 to {HighestLevel}.") : null;
        yield return request.Compression is { Codec: Codec.Lz4, Level: < 1 or > Lz4Frames.HighestLevel }
            ? string.Create(CultureInfo.InvariantCulture, $"compression.level is {request.Compression.Level}; lz4 has levels 1 to {Lz4Frames.HighestLevel}.") : null;
        yield return request.UploadBytesPerSecond is < 1
            ? string.Create(CultureInfo.InvariantCulture, $"uploadBytesPerSecond is {request.UploadBytesPerSecond}; at least 1 is wanted, or none for no limit.") : null;
        yield return request.Sealing is { KeyId: var id } && !OwnerKeys.IsId(id) ? $"sealing.keyId is '{id}', which is no name of an entry of a Secret." : null;
        yield return request is { Operation: JobOperation.Rewrap, Sealing: null } ? "sealing is absent, and a Rewrap needs it: the key that the backup is to have." : null;
        foreach (var fault in request.Operation switch { JobOperation.SweepCluster => OfSweep(request.Sweep), JobOperation.Prune => OfPrune(request.Prune), _ => RestoreFaults.Of(request) })
            yield return fault;
        if (request.Operation != JobOperation.Backup)
            yield break;
        yield return request.Source is null ? "source is absent, and a Backup needs one." : null;
        yield return request.Source is { Agent: var agent } && (!agent.IsAbsoluteUri || agent.Scheme != Uri.UriSchemeHttps)
            ? $"source.agent is {agent}; an absolute https address is wanted." : null;
    }

    private static IEnumerable<string?> OfSweep(SweepRequest? sweep)
    {
        yield return sweep is null ? "sweep is absent, and a SweepCluster needs it." : null;
        yield return sweep?.SafeAgeSeconds is < SweepRequest.ShortestAgeSeconds or > LongestSafeAgeSeconds
            ? string.Create(CultureInfo.InvariantCulture, $"sweep.safeAgeSeconds is {sweep.SafeAgeSeconds}; {SweepRequest.ShortestAgeSeconds} to {LongestSafeAgeSeconds} are allowed.") : null;
        yield return sweep?.KnownUids.Count > SweepRequest.MaximumKnownUids
            ? string.Create(CultureInfo.InvariantCulture, $"sweep.knownUids has {sweep.KnownUids.Count} entries; at most {SweepRequest.MaximumKnownUids} are allowed.") : null;
        foreach (var fault in sweep?.Stock is { } stock ? OfStock(stock) : [])
            yield return fault;
    }

    private static IEnumerable<string?> OfStock(StockRequest stock)
    {
        yield return stock.Expected.Count + stock.Others.Count > StockRequest.MaximumFolders
            ? string.Create(CultureInfo.InvariantCulture, $"sweep.stock names {stock.Expected.Count + stock.Others.Count} folders; at most {StockRequest.MaximumFolders} are allowed.") : null;
        foreach (var folder in stock.Expected.Concat(stock.Others).Concat(stock.After.Length == 0 ? [] : [stock.After]).Concat(stock.Until is null ? [] : [stock.Until]).Where(folder => BackupFolder.Read(folder) is null).Take(1))
            yield return $"sweep.stock names '{folder}', which is no name of a backup's folder.";
    }

    private static IEnumerable<string?> OfPrune(PruneRequest? prune)
    {
        yield return prune is null ? "prune is absent, and a Prune needs it." : null;
        yield return prune?.Backups.Count is 0 or > PruneRequest.MaximumBackups
            ? string.Create(CultureInfo.InvariantCulture, $"prune.backups has {prune.Backups.Count} entries; 1 to {PruneRequest.MaximumBackups} are allowed.") : null;
        foreach (var (index, backup) in prune?.Backups.Index() ?? [])
        {
            yield return Part(string.Create(CultureInfo.InvariantCulture, $"prune.backups[{index}].name"), backup.Name);
            yield return Part(string.Create(CultureInfo.InvariantCulture, $"prune.backups[{index}].uid"), backup.Uid);
        }
    }

    // They become parts of keys: whatever could lead out of the backup's own prefix is refused.
    internal static string? Part(string name, string value) =>
        value.Length is > 0 and <= 253 && value.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '-' or '.') && char.IsAsciiLetterOrDigit(value[0]) && char.IsAsciiLetterOrDigit(value[^1])
            ? null
            : $"{name} is '{value}', which is no name of a Kubernetes object.";
}
