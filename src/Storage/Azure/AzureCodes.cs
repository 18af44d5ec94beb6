namespace ControlPlane.Storage;

/// <summary>What the error codes of Azure's Blob service mean for us, and in words for an owner. Pure tables.</summary>
internal static class AzureCodes
{
    private static readonly Dictionary<string, (ObjectStoreFault Fault, string Words)> Known = new(StringComparer.Ordinal)
    {
        ["ContainerNotFound"] = (ObjectStoreFault.NoBucket, "the container does not exist; create it, or name another"),
        ["ContainerBeingDeleted"] = (ObjectStoreFault.NoBucket, "the container is being deleted; name another"),
        ["ContainerDisabled"] = (ObjectStoreFault.Refused, "the container was disabled by its administrator"),
        ["BlobNotFound"] = (ObjectStoreFault.NotFound, "the object does not exist"),
        ["ResourceNotFound"] = (ObjectStoreFault.NotFound, "the object does not exist"),
        ["InvalidBlockList"] = (ObjectStoreFault.NotFound, "the upload does not exist any more"),
        ["BlobAlreadyExists"] = (ObjectStoreFault.Exists, "an object of this key exists already"),
        ["ConditionNotMet"] = (ObjectStoreFault.Exists, "an object of this key exists already"),
        ["TargetConditionNotMet"] = (ObjectStoreFault.Exists, "an object of this key exists already"),
        ["Md5Mismatch"] = (ObjectStoreFault.Corrupted, "what arrived is not what was sent"),
        ["Crc64Mismatch"] = (ObjectStoreFault.Corrupted, "what arrived is not what was sent"),
        ["ServerBusy"] = (ObjectStoreFault.Transient, "the store is overloaded"),
        ["OperationTimedOut"] = (ObjectStoreFault.Transient, "the store ran out of time"),
        ["InternalError"] = (ObjectStoreFault.Transient, "the store failed within itself"),
        ["AccountBeingCreated"] = (ObjectStoreFault.Transient, "the storage account is being created"),
        ["AuthenticationFailed"] = (ObjectStoreFault.Denied, "the key or the SAS token does not belong to the account, or the token's time is over"),
        ["InvalidAuthenticationInfo"] = (ObjectStoreFault.Denied, "the account does not take this kind of credentials, or they are malformed"),
        ["NoAuthenticationInformation"] = (ObjectStoreFault.Denied, "the account demands credentials"),
        ["AuthorizationFailure"] = (ObjectStoreFault.Denied, "the account's firewall or the credentials do not allow it"),
        ["AuthorizationPermissionMismatch"] = (ObjectStoreFault.Denied, "the credentials do not allow it; a SAS token needs the permissions racwdl, an identity the role Storage Blob Data Contributor"),
        ["AuthorizationServiceMismatch"] = (ObjectStoreFault.Denied, "the SAS token is not for the Blob service"),
        ["AuthorizationResourceTypeMismatch"] = (ObjectStoreFault.Denied, "the SAS token is not for containers and objects"),
        ["AuthorizationProtocolMismatch"] = (ObjectStoreFault.Denied, "the SAS token is for https alone"),
        ["AuthorizationSourceIPMismatch"] = (ObjectStoreFault.Denied, "the SAS token is for other addresses than the Job's"),
        ["InsufficientAccountPermissions"] = (ObjectStoreFault.Denied, "the account is read-only or its subscription does not allow it"),
        ["KeyBasedAuthenticationNotPermitted"] = (ObjectStoreFault.Denied, "the account takes no keys; use a workload identity or a user delegation SAS"),
        ["AccountIsDisabled"] = (ObjectStoreFault.Denied, "the storage account is disabled"),
        ["AccountRequiresHttps"] = (ObjectStoreFault.Refused, "the account demands https; give endpointUrl with https"),
        ["BlobImmutableDueToPolicy"] = (ObjectStoreFault.Locked, "an immutability policy or a legal hold keeps the object; it can be removed when that ends"),
        ["LeaseIdMissing"] = (ObjectStoreFault.Refused, "somebody holds a lease on the object; break it first"),
        ["SnapshotsPresent"] = (ObjectStoreFault.Refused, "the object has snapshots"),
        ["BlobArchived"] = (ObjectStoreFault.Refused, "the object lies in the archive tier and must be rehydrated there first"),
        ["BlobBeingRehydrated"] = (ObjectStoreFault.Refused, "the object is still being rehydrated from the archive tier"),
        ["InvalidBlobType"] = (ObjectStoreFault.Refused, "an object of another kind (page or append blob) has this key"),
        ["InvalidBlobOrBlock"] = (ObjectStoreFault.Refused, "another program has unfinished blocks under this key"),
        ["InvalidResourceName"] = (ObjectStoreFault.Refused, "the service does not take such a name"),
        ["AccountLimitExceeded"] = (ObjectStoreFault.Refused, "the account's limit is reached"),
    };

    /// <summary>The kind of trouble: by the code where it is known, else by the status.</summary>
    public static ObjectStoreFault Classify(int status, string code, string words) =>
        IsAboutTime(code, words) ? ObjectStoreFault.Refused : Known.TryGetValue(code, out var known) ? known.Fault : Classify(status);

    /// <summary>The trouble in words, or null where the code says nothing that is known here.</summary>
    /// <param name="code">The code.</param>
    /// <param name="words">What the service said.</param>
    /// <param name="accessTier">The tier that was asked for.</param>
    public static string? Explain(string code, string words, string? accessTier) => code switch
    {
        _ when IsAboutTime(code, words) => "this machine's clock differs too much from the store's",
        "InvalidHeaderValue" or "FeatureNotSupportedForAccount" or "InvalidBlobTier" or "AccessTierNotSupported" when accessTier is not null =>
            $"perhaps the account does not offer the access tier '{accessTier}'",
        _ => Known.TryGetValue(code, out var known) ? known.Words : null,
    };

    // A wrong clock is answered like a wrong key; only the words tell.
    private static bool IsAboutTime(string code, string words) =>
        code is "AuthenticationFailed" or "InvalidHeaderValue" && words.Contains("date header", StringComparison.OrdinalIgnoreCase);

    private static ObjectStoreFault Classify(int status) => status switch
    {
        401 or 403 => ObjectStoreFault.Denied,
        404 => ObjectStoreFault.NotFound,
        412 => ObjectStoreFault.Exists,
        408 or 429 => ObjectStoreFault.Transient,
        501 or 507 => ObjectStoreFault.Refused,
        >= 500 => ObjectStoreFault.Transient,
        _ => ObjectStoreFault.Refused,
    };
}
