using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Fleet;

/// <summary>
/// The bucket behind a storage, whatever the storage is called and whatever its prefix: what is loaded by those who read and write there. Two clusters'
/// storages are one place when type, endpoint and bucket are the same.
/// </summary>
[GenerateSerializer, Immutable, Alias("BucketPlace")]
public sealed record BucketPlace
{
    /// <summary>The kind of storage.</summary>
    [Id(0)]
    public required StorageType Type { get; init; }

    /// <summary>The endpoint; null for the provider's own.</summary>
    [Id(1)]
    public Uri? Endpoint { get; init; }

    /// <summary>The bucket, container or claim.</summary>
    [Id(2)]
    public required string Bucket { get; init; }

    /// <summary>Whose it is where the name alone does not say: member and namespace of a claim, and with them the Secret that names an Azure account.</summary>
    [Id(3)]
    public string Owner { get; init; } = "";

    /// <summary>The bucket of a storage that somebody in a namespace of a member has.</summary>
    public static BucketPlace Of(StorageRequest storage, string member, string @namespace) => storage switch
    {
        { S3: { } s3 } => new() { Type = StorageType.S3, Endpoint = s3.Endpoint, Bucket = s3.Bucket },
        { Gcs: { } gcs } => new() { Type = StorageType.Gcs, Endpoint = gcs.Endpoint, Bucket = gcs.Bucket },
        { Azure: { Endpoint: { } endpoint } azure } => new() { Type = StorageType.Azure, Endpoint = endpoint, Bucket = azure.Container },
        { Azure: { } azure } => new() { Type = StorageType.Azure, Bucket = azure.Container, Owner = $"{member}/{@namespace}/{storage.CredentialsSecret}" },
        { FileSystem: { } volume } => new() { Type = StorageType.FileSystem, Bucket = volume.PersistentVolumeClaim, Owner = $"{member}/{@namespace}" },
        _ => throw new ArgumentException($"Storage '{storage.Name}' has no section.", nameof(storage)),
    };

    /// <summary>As a person would write it: <c>s3://backups at https://minio.store:9000/</c>.</summary>
    public override string ToString() => Type switch
    {
        StorageType.S3 => Said("s3"),
        StorageType.Gcs => Said("gs"),
        StorageType.Azure => Said("azure"),
        _ => Said("pvc"),
    };

    private string Said(string scheme) =>
        $"{scheme}://{Bucket}{(Endpoint is null ? "" : $" at {Endpoint}")}{(Owner.Length == 0 ? "" : $" of {Owner}")}";
}
