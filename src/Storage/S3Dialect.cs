namespace ControlPlane.Storage;

/// <summary>
/// What a store that speaks S3 takes beyond the common core. All differences that have to be known beforehand stand here, so that no
/// other code asks which store it speaks to.
/// </summary>
public sealed record S3Dialect
{
    /// <summary>AWS, and compatible stores that follow it: what they lack they say, and are then asked in another way.</summary>
    public static S3Dialect Amazon { get; } = new();

    /// <summary>
    /// The XML API of Google Cloud Storage with an HMAC key. It takes no checksum headers of AWS, no chunked bodies and no trailers, and its
    /// conditions are headers of its own, which may not stand beside those of AWS in one request.
    /// </summary>
    public static S3Dialect Google { get; } = new()
    {
        Scheme = "gs",
        Checksum = S3Checksum.ContentMd5,
        Condition = S3Condition.Generation,
        DeletesInBatches = false,
        HasLocks = false,
        Unwanted = "x-amz-api-version",
    };

    /// <summary>How owners write a bucket: <c>s3</c> for <c>s3://bucket</c>.</summary>
    public string Scheme { get; private init; } = "s3";

    /// <summary>What travels with each body for the store to check it by.</summary>
    public S3Checksum Checksum { get; private init; } = S3Checksum.Crc32C;

    /// <summary>How a put is made to leave an object that is there.</summary>
    public S3Condition Condition { get; private init; } = S3Condition.IfNoneMatch;

    /// <summary>A header that the SDK adds to some requests and that the store may take for one of its own; null for none. It goes before the signature.</summary>
    public string? Unwanted { get; private init; }

    /// <summary>Whether locks are told by AWS's headers and hide behind versions; elsewhere the deletion itself is refused.</summary>
    public bool HasLocks { get; private init; } = true;

    /// <summary>Whether many objects can be deleted by one request.</summary>
    public bool DeletesInBatches { get; private init; } = true;
}

/// <summary>Checksums that a store verifies on arrival.</summary>
public enum S3Checksum
{
    /// <summary>CRC-32C in <c>x-amz-checksum-crc32c</c>: the cheapest, and what AWS offers.</summary>
    Crc32C,

    /// <summary><c>Content-MD5</c>: the oldest, which every store takes.</summary>
    ContentMd5,
}

/// <summary>Conditions for a put.</summary>
public enum S3Condition
{
    /// <summary><c>If-None-Match: *</c>.</summary>
    IfNoneMatch,

    /// <summary><c>x-goog-if-generation-match: 0</c>, in a request that is signed as Google's own API has it.</summary>
    Generation,
}
