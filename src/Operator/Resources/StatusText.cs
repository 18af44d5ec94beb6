using System.Globalization;

namespace ControlPlane.Operator.Resources;

/// <summary>Texts in a status: bounded, and in the forms that people read in a table.</summary>
internal static class StatusText
{
    /// <summary>The schema's limit for a message.</summary>
    public const int MessageLimit = 4096;

    /// <summary>How much of a GTID set is shown; the manifest has the whole.</summary>
    public const int GtidLimit = 1024;

    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"];

    /// <summary>The text, or its beginning with a mark of the cut. Never cuts a surrogate pair in two.</summary>
    public static string Cut(string text, int limit)
    {
        if (text.Length <= limit)
            return text;
        var end = limit - 1;
        return text[..(char.IsHighSurrogate(text[end - 1]) ? end - 1 : end)] + "…";
    }

    /// <summary>A text for a status: bounded, and absent instead of empty, which a server of 1.20 would take for null and refuse.</summary>
    public static string? Shown(string? text) => string.IsNullOrEmpty(text) ? null : Cut(text, MessageLimit);

    /// <summary>A size for a table: <c>1.2GiB</c>.</summary>
    public static string Size(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        while (value >= 1024 && unit < Units.Length - 1)
            (value, unit) = (value / 1024, unit + 1);
        return value.ToString(unit == 0 || value >= 100 ? "0" : "0.#", CultureInfo.InvariantCulture) + Units[unit];
    }

    /// <summary>A duration for a table, its two largest units: <c>1h5m</c>, <c>4m12s</c>, <c>9s</c>.</summary>
    public static string Duration(TimeSpan time) => time switch
    {
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, (long)time.TotalSeconds)}s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{time.Minutes}m{time.Seconds}s"),
        { TotalHours: < 24 } => string.Create(CultureInfo.InvariantCulture, $"{time.Hours}h{time.Minutes}m"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{time.Days}d{time.Hours}h"),
    };
}
