using System.Globalization;

namespace ControlPlane.Protocol;

/// <summary>
/// A MySQL GTID set: <c>UUID[:TAG]:FIRST[-LAST][:FIRST[-LAST]]...[,...]</c>, as <c>@@gtid_executed</c> and the backup tool write it
/// (<see href="https://dev.mysql.com/doc/refman/8.4/en/replication-gtids-concepts.html">Replication with GTIDs</see>). White space and the case of letters do not matter.
/// </summary>
public sealed class GtidSet
{
    // By source and tag, in order, apart from one another.
    private readonly Dictionary<string, List<(ulong First, ulong Last)>> sources = new(StringComparer.Ordinal);

    private GtidSet()
    {
    }

    /// <summary>Reads a set; null for what is none, such as MariaDB's positions or a text that was cut.</summary>
    public static GtidSet? Read(string? text)
    {
        if (text is null)
            return null;
        var set = new GtidSet();
        foreach (var part in string.Concat(text.Where(letter => !char.IsWhiteSpace(letter))).ToLowerInvariant().Split(',', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!set.Add(part.Split(':')))
                return null;
        }

        foreach (var source in set.sources.Keys)
            set.sources[source] = Joined(set.sources[source]);
        return set;
    }

    /// <summary>Whether all transactions of the other are in this one too.</summary>
    public bool Contains(GtidSet other) => other.sources.All(theirs =>
        sources.TryGetValue(theirs.Key, out var own) && theirs.Value.All(wanted => own.Exists(has => has.First <= wanted.First && wanted.Last <= has.Last)));

    private bool Add(string[] fields)
    {
        if (!Guid.TryParseExact(fields[0], "D", out _))
            return false;
        var source = fields[0];
        var intervals = 0;
        foreach (var field in fields.Skip(1))
        {
            if (IsTag(field))
            {
                source = $"{fields[0]}:{field}";
                continue;
            }

            if (Interval(field) is not { } interval)
                return false;
            intervals++;
            if (!sources.TryGetValue(source, out var own))
                sources[source] = own = [];
            own.Add(interval);
        }

        return intervals > 0;
    }

    private static bool IsTag(string field) => field.Length is > 0 and <= 32 && (char.IsAsciiLetterLower(field[0]) || field[0] == '_') && field.All(letter => char.IsAsciiLetterOrDigit(letter) || letter == '_');

    private static (ulong First, ulong Last)? Interval(string field)
    {
        var ends = field.Split('-');
        return ends.Length <= 2 && ulong.TryParse(ends[0], NumberStyles.None, CultureInfo.InvariantCulture, out var first)
            && ulong.TryParse(ends[^1], NumberStyles.None, CultureInfo.InvariantCulture, out var last) && first > 0 && first <= last
                ? (first, last)
                : null;
    }

    private static List<(ulong First, ulong Last)> Joined(List<(ulong First, ulong Last)> intervals)
    {
        var joined = new List<(ulong First, ulong Last)>();
        foreach (var next in intervals.Order())
        {
            if (joined.Count > 0 && next.First - 1 <= joined[^1].Last)
                joined[^1] = (joined[^1].First, Math.Max(joined[^1].Last, next.Last));
            else
                joined.Add(next);
        }

        return joined;
    }
}
