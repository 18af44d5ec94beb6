namespace ControlPlane.Protocol;

/// <summary>
/// One storage of a cluster as the data plane needs it: place and manner, never a secret. Exactly the section that
/// <see cref="Type"/> names is present. Credentials lie in files beside it: see <see cref="JobFiles.Credentials"/>.
/// </summary>
public sealed record StorageRequest
{
    /// <summary>The name under <c>spec.backup.storages</c>.</summary>
    public required string Name { get; init; }

    /// <summary>Which section counts.</summary>
    public required StorageType Type { get; init; }

    /// <summary>Whether the endpoint's certificate is checked; default true.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>Whether a CA bundle of the owner's is mounted as <see cref="JobFiles.CaBundle"/>.</summary>
    public bool HasCaBundle { get; init; }

    /// <summary>The Secret that the credentials come from, for messages; null when the provider's own chain is used.</summary>
    public string? CredentialsSecret { get; init; }

    /// <summary>S3 and compatible stores.</summary>
    public S3StorageRequest? S3 { get; init; }

    /// <summary>Google Cloud Storage.</summary>
    public GcsStorageRequest? Gcs { get; init; }

    /// <summary>Azure Blob Storage.</summary>
    public AzureStorageRequest? Azure { get; init; }

    /// <summary>A mounted volume.</summary>
    public FileSystemStorageRequest? FileSystem { get; init; }
}

/// <summary>The kinds of storage.</summary>
public enum StorageType
{
    /// <summary>S3 and compatible.</summary>
    S3,

    /// <summary>A mounted volume.</summary>
    FileSystem,

    /// <summary>Google Cloud Storage.</summary>
    Gcs,

    /// <summary>Azure Blob Storage.</summary>
    Azure,
}

/// <summary>A bucket and how it is spoken to.</summary>
public sealed record S3StorageRequest
{
    /// <summary>The bucket's name alone.</summary>
    public required string Bucket { get; init; }

    /// <summary>The prefix within it, without slashes at its ends; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The region, for example <c>eu-central-1</c>; empty for <c>us-east-1</c>.</summary>
    public string Region { get; init; } = "";

    /// <summary>The endpoint of a compatible store; null for AWS itself.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether the bucket stands in the path instead of the host name; null: yes when an endpoint is given.</summary>
    public bool? ForcePathStyle { get; init; }

    /// <summary>The storage class of the segments, for example <c>STANDARD_IA</c>; null for the bucket's default.</summary>
    public string? StorageClass { get; init; }

    /// <summary><c>AES256</c> or <c>aws:kms</c>; null for the bucket's default.</summary>
    public string? ServerSideEncryption { get; init; }

    /// <summary>The KMS key for <c>aws:kms</c>; null for the account's default key.</summary>
    public string? KmsKeyId { get; init; }
}

/// <summary>
/// A bucket of Google Cloud Storage. How it is spoken to follows from what the Secret holds: an HMAC key, a service account's key, or no
/// Secret at all and so a workload identity.
/// </summary>
public sealed record GcsStorageRequest
{
    /// <summary>The bucket's name alone.</summary>
    public required string Bucket { get; init; }

    /// <summary>The prefix within it, without slashes at its ends; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The endpoint; null for <c>https://storage.googleapis.com</c>.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The storage class of the segments, for example <c>NEARLINE</c>; null for the bucket's default.</summary>
    public string? StorageClass { get; init; }
}

/// <summary>A container of Azure Blob Storage and how it is spoken to.</summary>
public sealed record AzureStorageRequest
{
    /// <summary>The container's name alone.</summary>
    public required string Container { get; init; }

    /// <summary>The prefix within it, without slashes at its ends; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The endpoint; null for that of the account that the credentials name, in Azure's public cloud.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>The access tier of the segments, <c>Hot</c>, <c>Cool</c> or <c>Cold</c>; null for the account's default.</summary>
    public string? StorageClass { get; init; }
}

/// <summary>A persistent volume, mounted into the Job at <see cref="JobFiles.Volume"/>.</summary>
public sealed record FileSystemStorageRequest
{
    /// <summary>The claim's name, in the cluster's namespace.</summary>
    public required string PersistentVolumeClaim { get; init; }

    /// <summary>The folder within the volume, without slashes at its ends; empty for its root.</summary>
    public string Path { get; init; } = "";
}
