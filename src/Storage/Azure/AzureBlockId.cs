using System.Globalization;
using System.Text;

namespace ControlPlane.Storage;

/// <summary>
/// Names of blocks. The service wants them of one length under a key. Ours say that they are ours, of which upload, and which part, so that
/// another program's unfinished blocks are never taken for ours.
/// </summary>
internal static class AzureBlockId
{
    private const string Mark = "controlplane/";
    private const int GuidLength = 32;
    private const int GuidEnd = 45;
    private const int TimeLength = 12;

    /// <summary>The name of a part's block: the same each time, so that a part that is sent again replaces the earlier.</summary>
    public static string For(Guid upload, int index) =>
        Convert.ToBase64String(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Mark}{upload:N}/{index:00000}")));

    /// <summary>Whether it is a block of any upload of ours.</summary>
    public static bool IsOurs(string id) => Text(id).StartsWith(Mark, StringComparison.Ordinal);

    /// <summary>Whether it is a block of this upload.</summary>
    public static bool IsOf(Guid upload, string id) => Text(id).StartsWith($"{Mark}{upload:N}/", StringComparison.Ordinal);

    /// <summary>When the upload of a block was begun, by the clock of who began it; null for one that was named by an earlier version of this code.</summary>
    public static DateTimeOffset? Started(string id) =>
        Text(id) is { Length: > GuidEnd } text && Guid.TryParseExact(text.AsSpan(Mark.Length, GuidLength), "N", out var upload) && upload.Version == 7
            ? DateTimeOffset.FromUnixTimeMilliseconds(long.Parse(text.AsSpan(Mark.Length, TimeLength), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture))
            : null;

    private static string Text(string id)
    {
        var bytes = new byte[id.Length];
        return Convert.TryFromBase64String(id, bytes, out int length) ? Encoding.ASCII.GetString(bytes, 0, length) : "";
    }
}
