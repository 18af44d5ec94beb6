using System.Security.Cryptography;
using System.Text;

namespace ControlPlane.Testing;

/// <summary>
/// Signs as a client of S3, or of Google's own API, would: the same computation under other names. Written apart from the product's, so
/// that each proves the other.
/// </summary>
internal sealed record StandInSignature(string Vendor, string Service, string HeaderStart)
{
    public static readonly StandInSignature Amazon = new("AWS4", "s3", "x-amz-");
    public static readonly StandInSignature Google = new("GOOG4", "storage", "x-goog-");

    private string Term => Vendor.ToLowerInvariant() + "_request";

    /// <summary>The header <c>Authorization</c> for a request, over the headers of these names.</summary>
    public string Sign(StandInRequest request, string accessKey, string secret, string region, IEnumerable<string> names)
    {
        string[] signed = [.. names.Select(name => name.ToLowerInvariant()).Order(StringComparer.Ordinal)];
        string time = request.Headers[HeaderStart + "date"];
        string scope = $"{time[..8]}/{region}/{Service}/{Term}";
        string[] target = request.Target.Split('?', 2);
        string query = target.Length < 2
            ? ""
            : string.Join('&', target[1].Split('&').Select(pair => pair.Contains('=', StringComparison.Ordinal) ? pair : pair + "=").Order(StringComparer.Ordinal));
        var canonical = new StringBuilder().Append(request.Method).Append('\n').Append(target[0]).Append('\n').Append(query).Append('\n');
        foreach (string name in signed)
        {
            canonical.Append(name).Append(':').Append(request.Headers[name].Trim()).Append('\n');
        }

        canonical.Append('\n').Append(string.Join(';', signed)).Append('\n').Append(request.Headers[HeaderStart + "content-sha256"]);
        string digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(canonical.ToString())));
        byte[] key = [.. new[] { time[..8], region, Service, Term }
            .Aggregate(Encoding.UTF8.GetBytes(Vendor + secret), (left, right) => HMACSHA256.HashData(left, Encoding.UTF8.GetBytes(right)))];
        byte[] signature = HMACSHA256.HashData(key, Encoding.UTF8.GetBytes($"{Vendor}-HMAC-SHA256\n{time}\n{scope}\n{digest}"));
        return $"{Vendor}-HMAC-SHA256 Credential={accessKey}/{scope}, SignedHeaders={string.Join(';', signed)}, Signature={Convert.ToHexStringLower(signature)}";
    }
}
