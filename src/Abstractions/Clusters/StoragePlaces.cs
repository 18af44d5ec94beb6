using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Clusters;

/// <summary>
/// Where a storage's objects lie. A storage may come to mean another bucket under the same name; what lies in the first one is then not
/// to be looked for in the second.
/// </summary>
public static class StoragePlaces
{
    /// <summary>Equal for two storages whose objects lie in the same place, as far as their requests tell.</summary>
    public static string Of(StorageRequest storage) => storage switch
    {
        { S3: { } s3 } => $"s3 {s3.Endpoint} {s3.Bucket}/{s3.Prefix}",
        { Gcs: { } gcs } => $"gs {gcs.Endpoint} {gcs.Bucket}/{gcs.Prefix}",

        // Without an endpoint, the account is the one that the Secret names.
        { Azure: { } azure } => $"azure {azure.Endpoint?.ToString() ?? storage.CredentialsSecret} {azure.Container}/{azure.Prefix}",
        { FileSystem: { } volume } => $"pvc {volume.PersistentVolumeClaim}/{volume.Path}",
        _ => "",
    };
}
