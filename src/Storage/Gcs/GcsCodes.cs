using System.Net;

namespace ControlPlane.Storage;

/// <summary>What the answers of both APIs mean for us, and in words for an owner. Pure tables.</summary>
internal static class GcsCodes
{
    private static readonly Dictionary<string, ObjectStoreFault> Faults = new(StringComparer.Ordinal)
    {
        ["conditionNotMet"] = ObjectStoreFault.Exists,
        ["rateLimitExceeded"] = ObjectStoreFault.Transient,
        ["userRateLimitExceeded"] = ObjectStoreFault.Transient,
        ["backendError"] = ObjectStoreFault.Transient,
        ["internalError"] = ObjectStoreFault.Transient,
        ["accountDisabled"] = ObjectStoreFault.Refused,
        ["quotaExceeded"] = ObjectStoreFault.Refused,
        ["retentionPolicyNotMet"] = ObjectStoreFault.Locked,
        ["objectUnderActiveHold"] = ObjectStoreFault.Locked,
        ["orgPolicyConstraint"] = ObjectStoreFault.Refused,
    };

    /// <summary>The kind of trouble: by the word where it is known, else by the status.</summary>
    public static ObjectStoreFault Classify(HttpStatusCode status, GcsError error)
    {
        if (Faults.TryGetValue(error.Code, out var fault))
        {
            return fault;
        }

        // The JSON API has one word for both, and for what arrived damaged only that for any faulty request: the sentence tells.
        return (status, error.Words) switch
        {
            (HttpStatusCode.NotFound, var words) when words.Contains("bucket does not exist", StringComparison.OrdinalIgnoreCase) => ObjectStoreFault.NoBucket,
            (HttpStatusCode.BadRequest, var words) when words.Contains("doesn't match calculated", StringComparison.OrdinalIgnoreCase) => ObjectStoreFault.Corrupted,
            (HttpStatusCode.Gone, _) => ObjectStoreFault.NotFound,
            _ => S3Codes.Classify(status, error.Code),
        };
    }

    /// <summary>The trouble in words that say what to do, or null where the store's own are the best there are.</summary>
    public static string? Explain(ObjectStoreFault fault, GcsError error, string bucket) => error.Code switch
    {
        "accountDisabled" => $"billing is switched off for the project of bucket {bucket}; switch it on",
        "retentionPolicyNotMet" or "RetentionPolicyNotMet" => $"the retention policy of bucket {bucket} still keeps the object; it can go when that time is over",
        "objectUnderActiveHold" or "ObjectUnderActiveHold" => "a hold keeps the object; release it first",
        "authError" or "AuthenticationRequired" => "the access token is not taken; look at the service account",
        _ => fault switch
        {
            ObjectStoreFault.NoBucket => $"the bucket {bucket} does not exist; create it, or correct bucket",
            ObjectStoreFault.Exists => "an object of this key exists already",
            ObjectStoreFault.Corrupted => "what arrived is not what was sent",
            ObjectStoreFault.Denied =>
                $"the service account is not allowed to; give it the role Storage Object User on bucket {bucket}{In(error.Words)}",
            _ => S3Codes.Explain(error.Code),
        },
    };

    private static string In(string words) => words.Length is > 0 and < 300 ? $" ({words.Trim().TrimEnd('.')})" : "";
}
