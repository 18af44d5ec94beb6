using System.Text;

namespace ControlPlane.Storage;

/// <summary>What every store demands of a key, so that an object written to one kind of store can lie in any other.</summary>
internal static class ObjectKeys
{
    /// <summary>By the bytes of UTF-8, as S3 lists them. UTF-16 order differs beyond the basic plane.</summary>
    public static readonly IComparer<string> Order = Comparer<string>.Create(Compare);

    /// <summary>Throws for a key that no caller may use: that is a mistake of ours, not of the store.</summary>
    public static void Check(string key)
    {
        ArgumentException.ThrowIfNullOrEmpty(key);
        if (Encoding.UTF8.GetByteCount(key) > ObjectLimits.MaximumKeyBytes)
        {
            throw new ArgumentException($"A key has at most {ObjectLimits.MaximumKeyBytes} bytes of UTF-8: '{key}'.", nameof(key));
        }

        if (key.Any(char.IsControl))
        {
            throw new ArgumentException($"A key has no control characters: '{key}'.", nameof(key));
        }

        if (key.Split('/').Any(part => part is "" or "." or ".."))
        {
            throw new ArgumentException($"A key has no empty part, no '.' and no '..' between its slashes: '{key}'.", nameof(key));
        }
    }

    /// <summary>Throws for a prefix that could climb out of its store. The last part may be any beginning of a name.</summary>
    public static void CheckPrefix(string prefix)
    {
        ArgumentNullException.ThrowIfNull(prefix);
        var parts = prefix.Split('/');
        if (prefix.Any(char.IsControl) || parts[..^1].Any(part => part is "" or "." or "..") || parts[^1] is "..")
        {
            throw new ArgumentException(
                $"A prefix has no control characters, and no empty part, '.' or '..' between its slashes: '{prefix}'.", nameof(prefix));
        }
    }

    private static int Compare(string? left, string? right)
    {
        int length = Math.Min(left!.Length, right!.Length);
        for (int i = 0; i < length; i++)
        {
            if (left[i] != right[i])
            {
                return Weight(left[i]) - Weight(right[i]);
            }
        }

        return left.Length - right.Length;
    }

    // Surrogates stand for code points above all others, and yet have smaller numbers than U+E000 to U+FFFF.
    private static int Weight(char unit) => char.IsSurrogate(unit) ? unit + 0x10000 : unit;
}
