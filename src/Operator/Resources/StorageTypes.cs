using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>The words for kinds of storage in a resource.</summary>
internal static class StorageTypes
{
    public const string S3 = "s3";
    public const string Gcs = "gcs";
    public const string Azure = "azure";
    public const string FileSystem = "filesystem";

    public static string Word(StorageType type) => type switch { StorageType.S3 => S3, StorageType.Gcs => Gcs, StorageType.Azure => Azure, _ => FileSystem };

    public static StorageType? Read(string? word) =>
        word switch { S3 => StorageType.S3, Gcs => StorageType.Gcs, Azure => StorageType.Azure, FileSystem => StorageType.FileSystem, _ => null };
}
