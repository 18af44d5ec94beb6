namespace ControlPlane.Storage;

/// <summary>A bucket of S3 or of a compatible store, and how it is spoken to.</summary>
public sealed record S3StoreSettings
{
    /// <summary>The bucket's name alone.</summary>
    public required string Bucket { get; init; }

    /// <summary>The prefix within it, without slashes at its ends; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>The region; empty for <c>us-east-1</c>, which compatible stores usually take for "any".</summary>
    public string Region { get; init; } = "";

    /// <summary>The endpoint of a compatible store; null for AWS itself.</summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether the bucket stands in the path instead of the host name; null: yes when an endpoint is given.</summary>
    public bool? ForcePathStyle { get; init; }

    /// <summary>Whether the endpoint's certificate is checked. Default true.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>
    /// Certificates in PEM form. When given, the endpoint's certificate must descend from one of these, and the system's own authorities
    /// do not count.
    /// </summary>
    public string? CaBundlePem { get; init; }

    /// <summary>
    /// The storage class of objects that are sent in parts; null for the bucket's default. Objects written whole are the small documents
    /// that describe the others: they stay in the default class, so that they can be read at once wherever the data lies.
    /// </summary>
    public string? StorageClass { get; init; }

    /// <summary><c>AES256</c> or <c>aws:kms</c>; null for the bucket's default.</summary>
    public string? ServerSideEncryption { get; init; }

    /// <summary>The KMS key for <c>aws:kms</c>; null for the account's default key.</summary>
    public string? KmsKeyId { get; init; }

    /// <summary>What the store takes beyond the common core of S3. Default: what AWS takes, with a way round what a compatible store refuses.</summary>
    public S3Dialect Dialect { get; init; } = S3Dialect.Amazon;

    /// <summary>
    /// The credentials; null for those of where this runs, the first of: a role by web identity, the environment, Pod identity, the instance's profile.
    /// </summary>
    public S3Credentials? Credentials { get; init; }

    /// <summary>How long a connection may take to come about. Default 10 seconds: a host that is there answers within one.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a request may go without a byte moving. Default 60 seconds: slower than any store that still works, and short enough that
    /// a dead one is noticed long before a Job's deadline.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long putting an upload's parts together may take. Default 10 minutes: AWS states "several minutes" for thousands of parts.
    /// </summary>
    public TimeSpan CompleteTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Says when the next bytes may be sent; null for as fast as they go. It costs nothing while it grants all at once.</summary>
    public UploadPace? Pace { get; init; }

    /// <summary>How long the credentials of where this runs may take to be found. A network without a metadata service lets nobody know.</summary>
    internal TimeSpan IdentityTimeout { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How many keys a page of a listing holds, 1 to 1,000; null for as many as the store likes.</summary>
    internal int? PageSize { get; init; }
}

/// <summary>An access key, and the secret that proves it.</summary>
/// <param name="AccessKeyId">The key's name; not secret by itself, and still in no message.</param>
/// <param name="SecretAccessKey">The secret.</param>
/// <param name="SessionToken">The token of temporary credentials; null for lasting ones.</param>
public sealed record S3Credentials(string AccessKeyId, Secret SecretAccessKey, Secret? SessionToken = null);
