using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Storage;

/// <summary>
/// The signature of Google's own form (<c>GOOG4-HMAC-SHA256</c>) over a request's headers: the only one under which its headers of the
/// kind <c>x-goog-…</c> are taken with an HMAC key. Pure.
/// </summary>
internal static class GoogleSignature
{
    private const string Algorithm = "GOOG4-HMAC-SHA256";
    private const string Purpose = "goog4_request";
    private const string Service = "storage";

    /// <summary>What the header <c>x-goog-date</c> says.</summary>
    public static string Timestamp(DateTimeOffset now) => now.UtcDateTime.ToString("yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture);

    /// <summary>The value of the header <c>Authorization</c>.</summary>
    /// <param name="credentials">The HMAC key.</param>
    /// <param name="region">The region of the scope, for example <c>auto</c>.</param>
    /// <param name="method">The method.</param>
    /// <param name="path">The path as it is sent, escaped; there is no query.</param>
    /// <param name="headers">All headers that are signed, names in small letters; <c>x-goog-date</c> and <c>x-goog-content-sha256</c> are among them.</param>
    public static string Authorization(
        S3Credentials credentials, string region, string method, string path, IReadOnlyDictionary<string, string> headers)
    {
        string timestamp = headers["x-goog-date"];
        string date = timestamp[..8];
        string scope = $"{date}/{region}/{Service}/{Purpose}";
        var ordered = headers.OrderBy(header => header.Key, StringComparer.Ordinal).ToList();
        string names = string.Join(';', ordered.Select(header => header.Key));
        string canonical = string.Join(
            '\n',
            [method, path, "", .. ordered.Select(header => $"{header.Key}:{header.Value}"), "", names, headers["x-goog-content-sha256"]]);
        string toSign = string.Join('\n', Algorithm, timestamp, scope, Hex(SHA256.HashData(Encoding.UTF8.GetBytes(canonical))));

        byte[] key = Encoding.UTF8.GetBytes("GOOG4" + credentials.SecretAccessKey.Reveal());
        foreach (string step in new[] { date, region, Service, Purpose })
        {
            key = Hmac(key, step);
        }

        return $"{Algorithm} Credential={credentials.AccessKeyId}/{scope}, SignedHeaders={names}, Signature={Hex(Hmac(key, toSign))}";
    }

    /// <summary>A digest as headers have it.</summary>
    public static string Hex(byte[] bytes) => Convert.ToHexStringLower(bytes);

    private static byte[] Hmac(byte[] key, string text) => HMACSHA256.HashData(key, Encoding.UTF8.GetBytes(text));
}
