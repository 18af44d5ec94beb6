namespace ControlPlane.Storage;

/// <summary>A bucket of Google Cloud Storage that is spoken to as a service account.</summary>
public sealed record GcsStoreSettings
{
    /// <summary>The public endpoint.</summary>
    public static readonly Uri PublicEndpoint = new("https://storage.googleapis.com");

    /// <summary>The bucket's name alone.</summary>
    public required string Bucket { get; init; }

    /// <summary>The prefix within it, without slashes at its ends; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>Scheme, host and port, where it is not the public endpoint, for example a private one.</summary>
    public Uri Endpoint { get; init; } = PublicEndpoint;

    /// <summary>Whether the endpoint's certificate is checked. Default true.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>
    /// Certificates in PEM form. When given, the endpoint's certificate must descend from one of these. Where tokens come from is another
    /// place, and is always checked against the system's own authorities.
    /// </summary>
    public string? CaBundlePem { get; init; }

    /// <summary>
    /// The storage class of objects that are sent in parts; null for the bucket's default. Objects written whole are the small documents
    /// that describe the others, and stay in the default class.
    /// </summary>
    public string? StorageClass { get; init; }

    /// <summary>The key file of a service account, JSON; null for the default credentials of where this runs (workload identity).</summary>
    public Secret? ServiceAccountKey { get; init; }

    /// <summary>How long a connection may take to come about. Default 10 seconds: a host that is there answers within one.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>How long a request may go without a byte moving. Default 60 seconds, as for every other store.</summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long putting an upload's parts together may take. Default 10 minutes, as for S3.</summary>
    public TimeSpan CompleteTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Says when the next bytes may be sent; null for as fast as they go. It costs nothing while it grants all at once.</summary>
    public UploadPace? Pace { get; init; }
}
