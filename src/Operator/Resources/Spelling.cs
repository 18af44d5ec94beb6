namespace ControlPlane.Operator.Resources;

/// <summary>Guesses at what somebody meant.</summary>
internal static class Spelling
{
    /// <summary>For example <c>a, b or c</c>.</summary>
    public static string List(IReadOnlyList<string> words) =>
        words.Count < 2 ? string.Concat(words) : $"{string.Join(", ", words.SkipLast(1))} or {words[^1]}";

    /// <summary>The name that is a slip away, or null.</summary>
    public static string? Nearest(string name, IEnumerable<string> known)
    {
        var (nearest, distance) = (default(string), name.Length <= 4 ? 2 : 3);
        foreach (var candidate in known.Order(StringComparer.Ordinal))
        {
            var slips = candidate.Equals(name, StringComparison.OrdinalIgnoreCase) ? 0 : Slips(name, candidate);
            if (slips < distance)
                (nearest, distance) = (candidate, slips);
        }
        return nearest;
    }

    // Levenshtein's distance; an absurdly long name is near to nothing.
    private static int Slips(string one, string other)
    {
        if (Math.Abs(one.Length - other.Length) > 3)
            return int.MaxValue;
        var row = Enumerable.Range(0, other.Length + 1).ToArray();
        for (var i = 1; i <= one.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= other.Length; j++)
            {
                var above = row[j];
                row[j] = Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (one[i - 1] == other[j - 1] ? 0 : 1));
                diagonal = above;
            }
        }
        return row[^1];
    }
}
