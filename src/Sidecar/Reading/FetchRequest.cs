using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// What <c>fetch</c> is asked: a JSON document in the words of a Job's request, so that the request of a backup's own Job is one too. Members that it does
/// not know are passed over.
/// </summary>
internal sealed record FetchRequest
{
    /// <summary>Where the objects lie.</summary>
    public required StorageRequest Storage { get; init; }

    /// <summary>A backup of ours; this or <see cref="XbCloud"/>.</summary>
    public BackupIdentity? Backup { get; init; }

    /// <summary>The name of a backup that xbcloud stored, below the storage's prefix.</summary>
    public string? XbCloud { get; init; }

    /// <summary>For a sealed backup: where its keys come from.</summary>
    public SealingRequest? Sealing { get; init; }

    /// <summary>Where Secrets and volumes are mounted; the places of a Job's Pod for what is absent.</summary>
    public FetchFiles Files { get; init; } = new();

    /// <summary>Reads a request, and demands that it makes sense.</summary>
    internal static async Task<FetchRequest> ReadAsync(string path, CancellationToken cancellationToken)
    {
        FetchRequest? request;
        try
        {
            await using var file = File.OpenRead(path);
            request = await JsonSerializer.DeserializeAsync<FetchRequest>(file, ProtocolJson.Default.Options, cancellationToken);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new JobFaultException(JobFault.InvalidRequest, $"The request {path} could not be read: {trouble.Message}", trouble);
        }

        return request is null || (request.Backup is null) == (request.XbCloud is null)
            ? throw new JobFaultException(JobFault.InvalidRequest, $"The request {path} has to name one backup: either backup, with namespace, cluster, name and uid, or xbCloud, with the name that xbcloud was given.")
            : request;
    }

    /// <summary>The store, with its requests tried again where that may help.</summary>
    internal IObjectStore OpenStore(TimeProvider time, Action<StoreRetry> retrying) => StoreOpener.Open(Storage, Files.AsRunner(), time, retrying);

    /// <summary>The backup in a store, once it was found.</summary>
    internal async Task<IBackupSource> OpenAsync(IObjectStore store, ReadBudget budget, CancellationToken cancellationToken) => Backup is { } backup
        ? await SegmentedBackup.OpenAsync(store, backup, Sealing is null ? null : new OwnerKeys(Sealing, Files.EncryptionKeys), budget, cancellationToken)
        : await XbCloudBackup.OpenAsync(store, XbCloud!, budget, cancellationToken);
}

/// <summary>Where the files lie that a request leads to.</summary>
internal sealed record FetchFiles
{
    /// <summary>The folder with the storage's credentials, one file a key.</summary>
    public string Credentials { get; init; } = JobFiles.Credentials;

    /// <summary>The folder with the owner's encryption keys, one file a key.</summary>
    public string EncryptionKeys { get; init; } = JobFiles.EncryptionKeys;

    /// <summary>The owner's CA bundle.</summary>
    public string CaBundle { get; init; } = JobFiles.CaBundle;

    /// <summary>Where the volume of a file system storage is mounted.</summary>
    public string Volume { get; init; } = JobFiles.Volume;

    /// <summary>The same as the runner knows them.</summary>
    internal RunnerFiles AsRunner() => new() { Credentials = Credentials, EncryptionKeys = EncryptionKeys, CaBundle = CaBundle, Volume = Volume };
}
