using System.Net;

namespace ControlPlane.Storage;

/// <summary>What the error codes of S3 and its likes mean for us, and in words for an owner. Pure tables.</summary>
internal static class S3Codes
{
    private static readonly Dictionary<string, ObjectStoreFault> Faults = new(StringComparer.Ordinal)
    {
        ["NoSuchBucket"] = ObjectStoreFault.NoBucket,
        ["NoSuchKey"] = ObjectStoreFault.NotFound,
        ["NoSuchUpload"] = ObjectStoreFault.NotFound,
        ["PreconditionFailed"] = ObjectStoreFault.Exists,
        ["ConditionalRequestConflict"] = ObjectStoreFault.Transient,
        ["OperationAborted"] = ObjectStoreFault.Transient,
        ["RequestTimeout"] = ObjectStoreFault.Transient,
        ["IncompleteBody"] = ObjectStoreFault.Transient,
        ["SlowDown"] = ObjectStoreFault.Transient,
        ["InternalError"] = ObjectStoreFault.Transient,
        ["ServiceUnavailable"] = ObjectStoreFault.Transient,
        ["Throttling"] = ObjectStoreFault.Transient,
        ["ThrottlingException"] = ObjectStoreFault.Transient,
        ["RequestLimitExceeded"] = ObjectStoreFault.Transient,
        ["BadDigest"] = ObjectStoreFault.Corrupted,
        ["InvalidDigest"] = ObjectStoreFault.Corrupted,
        ["XAmzContentSHA256Mismatch"] = ObjectStoreFault.Corrupted,
        ["XAmzContentChecksumMismatch"] = ObjectStoreFault.Corrupted,
        ["ExpiredToken"] = ObjectStoreFault.Denied,
        ["InvalidToken"] = ObjectStoreFault.Denied,
        ["InvalidAccessKeyId"] = ObjectStoreFault.Denied,
        ["SignatureDoesNotMatch"] = ObjectStoreFault.Denied,
        ["AccessDenied"] = ObjectStoreFault.Denied,
        ["ObjectLocked"] = ObjectStoreFault.Locked,
        ["RetentionPolicyNotMet"] = ObjectStoreFault.Locked,
        ["ObjectUnderActiveHold"] = ObjectStoreFault.Locked,
        ["RequestTimeTooSkewed"] = ObjectStoreFault.Refused,
        ["QuotaExceeded"] = ObjectStoreFault.Refused,
        ["InvalidObjectState"] = ObjectStoreFault.Refused,
        ["NotImplemented"] = ObjectStoreFault.Refused,
        ["AuthorizationHeaderMalformed"] = ObjectStoreFault.Refused,
        ["PermanentRedirect"] = ObjectStoreFault.Refused,
        ["TemporaryRedirect"] = ObjectStoreFault.Refused,
        ["IllegalLocationConstraintException"] = ObjectStoreFault.Refused,
    };

    private static readonly Dictionary<string, string> Words = new(StringComparer.Ordinal)
    {
        ["NoSuchBucket"] = "the bucket does not exist",
        ["NoSuchKey"] = "the object does not exist",
        ["NoSuchUpload"] = "the upload does not exist any more",
        ["PreconditionFailed"] = "an object of this key exists already",
        ["SlowDown"] = "the store is overloaded",
        ["BadDigest"] = "what arrived is not what was sent",
        ["XAmzContentSHA256Mismatch"] = "what arrived is not what was sent",
        ["XAmzContentChecksumMismatch"] = "what arrived is not what was sent",
        ["ExpiredToken"] = "the session token has expired",
        ["InvalidToken"] = "the session token is not valid",
        ["InvalidAccessKeyId"] = "the store does not know the access key",
        ["SignatureDoesNotMatch"] = "the secret access key does not belong to the access key",
        ["AccessDenied"] = "the credentials do not allow it",
        ["RequestTimeTooSkewed"] = "this machine's clock differs too much from the store's",
        ["QuotaExceeded"] = "the quota is used up",
        ["InvalidObjectState"] = "the object lies in an archive class and must be restored there first",
        ["ObjectLocked"] = "a retention rule or a hold keeps the object; it can be removed when that ends",
        ["RetentionPolicyNotMet"] = "the bucket's retention policy still keeps the object; it can be removed when that time is over",
        ["ObjectUnderActiveHold"] = "a hold keeps the object; release it first",
        ["InvalidStorageClass"] = "the store does not know the storage class",
        ["NotImplemented"] = "the store does not offer this",
        ["AuthorizationHeaderMalformed"] = "the region does not fit the bucket",
        ["PermanentRedirect"] = "the bucket lies in another region or at another endpoint",
        ["TemporaryRedirect"] = "the bucket lies in another region or at another endpoint",
        ["IllegalLocationConstraintException"] = "the region does not fit the bucket",
    };

    /// <summary>The kind of trouble: by the code where it is known, else by the status.</summary>
    public static ObjectStoreFault Classify(HttpStatusCode status, string? code) =>
        code is not null && Faults.TryGetValue(code, out var fault) ? fault : Classify(status);

    /// <summary>The trouble in words, or null where the code says nothing that is known here.</summary>
    public static string? Explain(string? code) => code is null ? null : Words.GetValueOrDefault(code);

    /// <summary>Whether stores say this of an encryption that they do not offer: most have no word of its own for it. AWS has for keys, with good sentences.</summary>
    public static bool MayMeanEncryption(string code) =>
        code is "InvalidArgument" or "InvalidRequest" or "NotImplemented" or "InvalidEncryptionAlgorithmError"
        || code.StartsWith("KMS.", StringComparison.Ordinal);

    private static ObjectStoreFault Classify(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden => ObjectStoreFault.Denied,
        HttpStatusCode.NotFound => ObjectStoreFault.NotFound,
        HttpStatusCode.PreconditionFailed => ObjectStoreFault.Exists,
        HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests => ObjectStoreFault.Transient,
        HttpStatusCode.NotImplemented or HttpStatusCode.InsufficientStorage => ObjectStoreFault.Refused,
        >= HttpStatusCode.InternalServerError => ObjectStoreFault.Transient,
        _ => ObjectStoreFault.Refused,
    };
}
