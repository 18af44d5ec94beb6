using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Clusters;

/// <summary>
/// Where a storage's objects lie. A storage may come to mean another bucket under the same name; what lies in the first one is then not
/// to be looked for in the second.
/// </summary>
public static class StoragePlaces
{
    private const int UidLength = 36;

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

    /// <summary>Where a storage begins, as a person would write it, for example <c>s3://backups/prod/</c>.</summary>
    public static string Root(StorageRequest storage) => storage switch
    {
        { S3: { } s3 } => $"s3://{Below(s3.Bucket, s3.Prefix)}",
        { Gcs: { } gcs } => $"gs://{Below(gcs.Bucket, gcs.Prefix)}",
        { Azure: { } azure } => $"azure://{Below(azure.Container, azure.Prefix)}",
        { FileSystem: { } volume } => $"pvc://{Below(volume.PersistentVolumeClaim, volume.Path)}",
        _ => "",
    };

    /// <summary>
    /// The backup that a destination names in a storage: one of ours where its last folder ends with a UID, else one that xbcloud stored under that name.
    /// Null when it names nothing there.
    /// </summary>
    public static RestoreSource? Read(string destination, StorageRequest storage)
    {
        var root = Root(storage);
        if (!destination.StartsWith(root, StringComparison.Ordinal) || destination[root.Length..].Trim('/') is not { Length: > 0 } name)
            return null;
        var parts = name.Split('/');
        if (parts.Any(part => part is "" or "." or ".."))
            return null;
        return parts is [var space, var cluster, var folder] && folder.Length > UidLength + 1 && folder[^(UidLength + 1)] == '-' && Guid.TryParseExact(folder[^UidLength..], "D", out _)
            ? new() { Backup = new() { Namespace = space, Cluster = cluster, Name = folder[..^(UidLength + 1)], Uid = folder[^UidLength..] } }
            : new() { XbCloud = name };
    }

    private static string Below(string place, string prefix) => prefix.Length == 0 ? $"{place}/" : $"{place}/{prefix}/";
}
