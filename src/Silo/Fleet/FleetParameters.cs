using System.Buffers.Text;
using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Primitives;

namespace ControlPlane.Silo.Fleet;

/// <summary>Reads the parameters of a question, and finds all that is wrong with them: each fault names parameter, value and what would be right.</summary>
internal sealed partial class FleetParameters(IEnumerable<KeyValuePair<string, StringValues>> query)
{
    /// <summary>The most that a page shows.</summary>
    public const int MostItems = 500;

    private const int DefaultItems = 100;
    private const int LongestText = 253;

    private readonly Dictionary<string, StringValues> given = query.ToDictionary(pair => pair.Key, pair => pair.Value, StringComparer.Ordinal);
    private readonly SortedSet<string> asked = new(StringComparer.Ordinal);
    private readonly List<FleetFault> faults = [];

    /// <summary>How many items a page is to have.</summary>
    public int Limit() => Find("limit") is not { } text ? DefaultItems
        : int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number is >= 1 and <= MostItems ? number
        : Refuse("limit", text, $"is no whole number from 1 to {MostItems}", DefaultItems);

    /// <summary>Any text; null where there is none.</summary>
    public string? Text(string name) =>
        Find(name) is not { } text ? null : text.Length is > 0 and <= LongestText ? text : Refuse<string?>(name, text, $"is no text of 1 to {LongestText} characters", null);

    /// <summary>One of a few words.</summary>
    public string? Word(string name, params IReadOnlyList<string> words) =>
        Find(name) is not { } text ? null : words.Contains(text) ? text : Refuse<string?>(name, text, $"is not known; use {string.Join(", ", words.SkipLast(1))} or {words[^1]}", null);

    /// <summary>True or false.</summary>
    public bool? Flag(string name) => Word(name, "true", "false") switch { "true" => true, "false" => false, _ => null };

    /// <summary>A length of time.</summary>
    public TimeSpan? Age(string name)
    {
        if (Find(name) is not { } text)
            return null;
        if (Ages().Match(text) is not { Success: true } match)
            return Refuse<TimeSpan?>(name, text, "is no age; use a whole number of minutes, hours, days or weeks, for example 30m, 24h, 7d or 4w", null);
        return match.Groups["unit"].Value switch { "w" => 7, "d" => 1, "h" => 1 / 24.0, _ => 1 / 1440.0 } * TimeSpan.FromDays(int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture));
    }

    /// <summary>Where the page before ended: so many parts, as <see cref="Cursor"/> wrote them; null for the first page.</summary>
    public string[]? After(string list, int parts)
    {
        if (Find("after") is not { } text)
            return null;
        if (text.Length <= 2048 && Base64Url.IsValid(text) && Encoding.UTF8.GetString(Base64Url.DecodeFromChars(text)).Split('\n') is var read && read.Length == parts + 1 && read[0] == list)
            return read[1..];
        return Refuse<string[]?>("after", text, "is no place in this list in this order; use the 'next' of a page of the same list, with the same sort", null);
    }

    /// <summary>A place in a list, for <c>after</c>.</summary>
    public static string Cursor(string list, params ReadOnlySpan<object> parts)
    {
        var text = new StringBuilder(list);
        foreach (var part in parts)
            text.Append(CultureInfo.InvariantCulture, $"\n{part}");
        return Base64Url.EncodeToString(Encoding.UTF8.GetBytes(text.ToString()));
    }

    /// <summary>A number within such a place.</summary>
    public long Number(string text)
    {
        if (long.TryParse(text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number))
            return number;
        return Refuse("after", text, "is no place in this list; use the 'next' of a page of the same list", 0L);
    }

    /// <summary>Everything that is wrong, once all that is known was asked for.</summary>
    public IReadOnlyList<FleetFault> Close()
    {
        foreach (var (name, value) in given.Where(pair => !asked.Contains(pair.Key)))
            Refuse<object?>(name, value.ToString(), $"is not known; known here are {string.Join(", ", asked)}", null);
        return faults;
    }

    private string? Find(string name)
    {
        asked.Add(name);
        if (!given.TryGetValue(name, out var values))
            return null;
        return values.Count == 1 ? values[0] ?? "" : Refuse<string?>(name, values.ToString(), "is said more than once; say it once", null);
    }

    private T Refuse<T>(string name, string value, string objection, T instead)
    {
        var shown = value.Length <= 64 ? value : value[..64] + "…";
        faults.Add(new(name.Length <= 64 ? name : name[..64] + "…", shown, $"{(name.Length <= 64 ? name : name[..64] + "…")}: \"{shown}\" {objection}."));
        return instead;
    }

    [GeneratedRegex(@"^(?<number>[1-9][0-9]{0,6})(?<unit>[mhdw])\z")]
    private static partial Regex Ages();
}
