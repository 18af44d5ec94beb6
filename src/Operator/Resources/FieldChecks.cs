using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using ControlPlane.Abstractions;

namespace ControlPlane.Operator.Resources;

/// <summary>The rules for single values. The schema has the same ones where it can say them.</summary>
internal static partial class FieldChecks
{
    /// <summary>
    /// The longest prefix. Behind it come at most namespace (63), cluster (63), backup (253), UID (36), slashes and the key of a segment:
    /// 440 bytes; a key has 1024 at most.
    /// </summary>
    public const int LongestPrefix = 512;

    public static string? Subdomain(string text) =>
        Rfc1123.IsSubdomain(text) ? null : "is no name in Kubernetes; use 1 to 253 of a-z, 0-9, '-' and '.', with a letter or digit at both ends of each part";

    /// <summary>The folder of a backup within its cluster's place in a storage.</summary>
    public static string? BackupFolder(string text) => Protocol.BackupFolder.Read(text) is not null ? null
        : text.Contains('/') ? "is no folder of this cluster's own place in the storage: write its last part only, name and UID. What another cluster or namespace has there is not imported into this one; apply a MySQLCluster of that name there and import it there, or restore from it"
        : "is no folder of a backup; it has the backup's name, '-' and its UID, for example backup1-4f2c7a10-5b1e-4c7e-9d34-0a1b2c3d4e5f";

    public static string? Label(string text) =>
        Rfc1123.IsLabel(text) ? null : "is no label; use 1 to 63 of a-z, 0-9 and '-', with a letter or digit at both ends";

    /// <summary>A name in Kubernetes, or a pattern of such names.</summary>
    public static string? NamePattern(string text) =>
        NamePatterns().IsMatch(text) ? null : "is no name and no pattern of names; use 1 to 253 of a-z, 0-9, '-' and '.', and '*' for any number of characters";

    public static string? LabelKey(string text) =>
        text.Split('/') is [.., var name] parts && LabelWords().IsMatch(name) && (parts.Length == 1 || (parts.Length == 2 && Rfc1123.IsSubdomain(parts[0])))
            ? null
            : "is no key of a label; use for example tier or example.com/tier";

    public static string? LabelValue(string text) =>
        text.Length == 0 || LabelWords().IsMatch(text) ? null : "is no value of a label; use at most 63 of a-z, A-Z, 0-9, '-', '_' and '.', with a letter or digit at both ends";

    public static string? StorageName(string text) =>
        StorageNames().IsMatch(text) ? null : "is no name of a storage; use 1 to 63 of a-z, A-Z, 0-9, '-', '_' and '.', with a letter or digit at both ends";

    public static string? SecretKey(string text) =>
        SecretKeys().IsMatch(text) && text != "." && !text.StartsWith("..", StringComparison.Ordinal)
            ? null
            : "is no key of a Secret; use 1 to 253 of a-z, A-Z, 0-9, '-', '_' and '.', and not '..' at its beginning";

    public static string? Image(string text) =>
        Images().IsMatch(text) ? null : "is no reference of an image; use for example registry.example.com/controlplane/sidecar:1.0";

    public static string? AbsolutePath(string text) =>
        text.Length is > 1 and <= 1024 && text[0] == '/' && text[^1] != '/' && Segments(text[1..]) is null && !text.Contains(':')
            ? null
            : "is no absolute path; use for example /var/lib/mysql, without '.', '..', ':' or a slash at its end";

    public static string? Bucket(string text) =>
        Buckets().IsMatch(text) && !text.Contains("..", StringComparison.Ordinal)
            ? null
            : "is no name of a bucket; use 3 to 63 of a-z, 0-9, '-' and '.', with a letter or digit at both ends";

    /// <summary>A bucket of Google's: with dots in it, it may be as long as a name of a domain.</summary>
    public static string? GcsBucket(string text) =>
        GcsBuckets().IsMatch(text) && text.Split('.').All(part => part.Length is > 0 and <= 63) && (text.Length <= 63 || text.Contains('.'))
            ? null
            : "is no name of a bucket; use 3 to 63 of a-z, 0-9, '-', '_' and '.', with a letter or digit at both ends";

    public static string? Container(string text) =>
        text.Length <= 63 && Containers().IsMatch(text)
            ? null
            : "is no name of a container; use 3 to 63 of a-z, 0-9 and single '-', with a letter or digit at both ends";

    public static string? Region(string text) =>
        text.Length == 0 || Regions().IsMatch(text) ? null : "is no region; use for example eu-central-1";

    public static string? Destination(string text) =>
        text.Length is > 0 and <= 2048 && Destinations().IsMatch(text) && !text.Any(char.IsControl)
            ? null
            : "is no place of a backup; use for example s3://backups/prod/shop/orders/backup1-4f2c6f0e-0000-4000-8000-000000000001/";

    public static string? StorageClass(string text) => text switch
    {
        "GLACIER" or "DEEP_ARCHIVE" => "cannot be used: its objects cannot be read back at once, as a check or a restore needs",
        _ => StorageClasses().IsMatch(text) ? null : "is no storage class; use for example STANDARD_IA",
    };

    public static string? KmsKey(string text) =>
        KmsKeys().IsMatch(text) ? null : "is no key of KMS; use its id, its ARN or alias/NAME";

    /// <summary>A prefix or a folder; slashes at its ends are left out of account.</summary>
    public static string? Prefix(string text)
    {
        var trimmed = text.Trim('/');
        return Encoding.UTF8.GetByteCount(trimmed) > LongestPrefix
            ? string.Create(CultureInfo.InvariantCulture, $"is too long; a prefix has at most {LongestPrefix} bytes")
            : trimmed.Length == 0 ? null : Segments(trimmed);
    }

    /// <summary>The same for Azure, which drops dots at the end of a part.</summary>
    public static string? AzurePrefix(string text) =>
        Prefix(text) ?? (text.Split('/').Any(part => part.EndsWith('.')) ? "has a part that ends with a dot, which Azure does not keep; use for example prod/mysql" : null);

    private static string? Segments(string path) =>
        path.Any(letter => char.IsControl(letter) || letter == '\\')
            ? "has control characters or backslashes in it; use names with slashes between them"
            : path.Split('/').Any(segment => segment is "" or "." or "..")
                ? "has an empty part, '.' or '..' between its slashes; use for example prod/mysql"
                : null;

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex StorageNames();

    [GeneratedRegex(@"^[a-z0-9*]([a-z0-9.*-]{0,251}[a-z0-9*])?\z")]
    private static partial Regex NamePatterns();

    [GeneratedRegex(@"^[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?\z")]
    private static partial Regex LabelWords();

    [GeneratedRegex(@"^[A-Za-z0-9._-]{1,253}\z")]
    private static partial Regex SecretKeys();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9._:/@+-]{0,510}\z")]
    private static partial Regex Images();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]\z")]
    private static partial Regex Buckets();

    [GeneratedRegex(@"^[a-z0-9][a-z0-9._-]{1,220}[a-z0-9]\z")]
    private static partial Regex GcsBuckets();

    [GeneratedRegex(@"^[a-z0-9](-?[a-z0-9]){2,}\z")]
    private static partial Regex Containers();

    [GeneratedRegex(@"^[A-Za-z0-9][A-Za-z0-9-]{0,63}\z")]
    private static partial Regex Regions();

    [GeneratedRegex(@"^(s3|gs|azure|pvc)://[^/]+/.+\z")]
    private static partial Regex Destinations();

    [GeneratedRegex(@"^[A-Z0-9][A-Z0-9_]{0,63}\z")]
    private static partial Regex StorageClasses();

    [GeneratedRegex(@"^[A-Za-z0-9:/_.-]{1,2048}\z")]
    private static partial Regex KmsKeys();
}
