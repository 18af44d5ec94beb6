using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sealing;

/// <summary>
/// The owner's keys as they are mounted: one file a key, named by its id. A key is read when it is needed and wiped when it was used; the
/// others are never opened.
/// </summary>
internal sealed partial class OwnerKeys(SealingRequest request, string folder)
{
    private const int LongestFile = 1024;
    private const int HexDigits = 2 * DataKey.KeyBytes;
    private const int Base64Digits = 44;

    /// <summary>The id of the key that new backups are sealed with.</summary>
    internal string KeyId => request.KeyId;

    /// <summary>Whether it can be an id at all: the name of an entry in a Secret, and so of a file.</summary>
    internal static bool IsId(string id) => Id().IsMatch(id) && !id.StartsWith("..", StringComparison.Ordinal) && id != ".";

    /// <summary>Uses a key, and wipes it.</summary>
    internal T Use<T>(string id, Func<byte[], T> use)
    {
        var key = Read(id);
        try
        {
            return use(key);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(key);
        }
    }

    private byte[] Read(string id)
    {
        var content = ReadFile(id);
        try
        {
            return Decode(content) ?? throw new JobFaultException(
                JobFault.WrongKey,
                $"The entry '{id}' of Secret '{request.SecretName}' is no encryption key: a key is {DataKey.KeyBytes} random bytes in base64 or in {HexDigits} hexadecimal digits. Make one with: openssl rand -base64 {DataKey.KeyBytes}");
        }
        finally
        {
            CryptographicOperations.ZeroMemory(content);
        }
    }

    private byte[] ReadFile(string id)
    {
        var path = Path.Combine(folder, id);
        try
        {
            if (!File.Exists(path))
                throw Missing(id);
            using var file = File.OpenRead(path);
            var content = new byte[LongestFile + 1];
            var length = file.ReadAtLeast(content, content.Length, throwOnEndOfStream: false);
            var used = content[..length];
            CryptographicOperations.ZeroMemory(content);
            return used;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new JobFaultException(JobFault.SecretMissing, $"The entry '{id}' of Secret '{request.SecretName}' could not be read: {trouble.Message}", trouble);
        }
    }

    private JobFaultException Missing(string id) => new(
        JobFault.SecretMissing,
        $"Secret '{request.SecretName}' does not exist in this namespace, or has no entry '{id}': the encryption key of that id. "
        + (id == request.KeyId
            ? $"Make it with: kubectl create secret generic {request.SecretName} --from-literal={id}=\"$(openssl rand -base64 {DataKey.KeyBytes})\" - and keep a copy: without it the backups cannot be read."
            : "The backup was sealed with it; put it back into the Secret."));

    // By its length: the digits of the one form are digits of the other too. People make Secrets with `echo`, whose line end is no part of them.
    private static byte[]? Decode(ReadOnlySpan<byte> content)
    {
        var text = content.Trim(" \t\r\n"u8);
        var key = new byte[DataKey.KeyBytes];
        return text.Length switch
        {
            HexDigits when Convert.FromHexString(text, key, out _, out var written) == OperationStatus.Done && written == key.Length => key,
            Base64Digits when Base64.DecodeFromUtf8(text, key, out _, out var written) == OperationStatus.Done && written == key.Length => key,
            _ => null,
        };
    }

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,253}\z")]
    private static partial Regex Id();
}
