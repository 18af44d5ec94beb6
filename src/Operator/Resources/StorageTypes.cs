using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>The words for kinds of storage in a resource.</summary>
internal static class StorageTypes
{
    public const string S3 = "s3";
    public const string FileSystem = "filesystem";

    public static string Word(StorageType type) => type == StorageType.S3 ? S3 : FileSystem;

    public static StorageType? Read(string? word) => word switch { S3 => StorageType.S3, FileSystem => StorageType.FileSystem, _ => null };
}
