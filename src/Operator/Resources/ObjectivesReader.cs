using System.Globalization;
using System.Text.RegularExpressions;
using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads what a cluster is to hold to: <c>objectives</c>. Pure.</summary>
internal static partial class ObjectivesReader
{
    private const long LongestMinutes = 100 * 366 * 24 * 60L;
    private const string NoSpan = "is no length of time; use a whole number of minutes, hours, days or weeks, at most 100 years, for example 30m, 24h, 7d or 4w";

    private static readonly string[] Known = ["rpo", "rto", "provenWithin"];

    /// <summary>The section of whoever has one; null where there is none.</summary>
    public static ObjectivesSpec? Read(FieldReader owner)
    {
        if (owner.Section("objectives") is not { } section)
            return null;
        var read = new ObjectivesSpec { Rpo = Span(section, "rpo"), Rto = Span(section, "rto"), ProvenWithin = Span(section, "provenWithin") };
        section.Close();
        if (!Known.Any(section.Has))
            owner.Add("objectives", $"names no objective; use at least one of {Spelling.List(Known)}, or remove it");
        return read;
    }

    private static TimeSpan? Span(FieldReader section, string name) => section.Text(name, text => Span(text) is null ? NoSpan : null) is { } text ? Span(text) : null;

    private static TimeSpan? Span(string text)
    {
        if (Spans().Match(text) is not { Success: true } match)
            return null;
        var minutes = long.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) * match.Groups["unit"].Value switch { "w" => 7 * 24 * 60, "d" => 24 * 60, "h" => 60, _ => 1 };
        return minutes <= LongestMinutes ? TimeSpan.FromMinutes(minutes) : null;
    }

    [GeneratedRegex(@"^(?<number>[1-9][0-9]{0,8})(?<unit>[mhdw])\z")]
    private static partial Regex Spans();
}
