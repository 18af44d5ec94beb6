using System.Security.Cryptography;
using Azure.Storage;

namespace ControlPlane.Storage;

/// <summary>What the service checks a request's body by: MD5, which every version of it and every emulator knows.</summary>
internal static class AzureChecksum
{
    /// <summary>The SDK reads the body once more for it. Whole objects are small, and it takes no checksum of ours for them.</summary>
    public static UploadTransferValidationOptions OfStream { get; } = new() { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5 };

    /// <summary>Reckoned here, over the memory as it lies.</summary>
    public static UploadTransferValidationOptions Of(ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5351 // It guards against faults of the way, not against forgers: the manifest's SHA-256 does.
        var hash = new byte[MD5.HashSizeInBytes];
        MD5.HashData(content, hash);
#pragma warning restore CA5351
        return new UploadTransferValidationOptions { ChecksumAlgorithm = StorageChecksumAlgorithm.MD5, PrecalculatedChecksum = hash };
    }
}
