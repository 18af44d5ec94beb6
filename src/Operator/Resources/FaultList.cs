using System.Globalization;
using System.Text.Json;

namespace ControlPlane.Operator.Resources;

/// <summary>The faults of one resource: each names the field, the value and what would be right.</summary>
internal sealed class FaultList
{
    /// <summary>What a status can hold; nobody mends more at once.</summary>
    private const int Limit = 40;

    private const int LongestValue = 80;

    private readonly List<string> faults = [];
    private int further;

    public bool Any => faults.Count > 0;

    public IReadOnlyList<string> All => further == 0 ? faults : [.. faults, string.Create(CultureInfo.InvariantCulture, $"There are {further} more.")];

    /// <summary>The fields that the reader asked for, for the test that holds the schema and the reader together; null outside of it.</summary>
    public ICollection<string>? Asked { get; init; }

    /// <summary>Whether only a part of a document is read: see <see cref="FieldReader.Expect"/>.</summary>
    public bool IsPart { get; init; }

    /// <summary>Adds a fault without showing the value.</summary>
    public void Add(string path, string objection)
    {
        if (faults.Count < Limit)
            faults.Add($"{path}: {objection}.");
        else
            further++;
    }

    /// <summary>Adds a fault that shows the value.</summary>
    public void Add(string path, JsonElement value, string objection) => Add(path, $"{Shown(value)} {objection}");

    /// <summary>A value on one line, bounded, so that a hostile one can neither fill nor forge a message.</summary>
    private static string Shown(JsonElement value)
    {
        var text = value.ValueKind switch
        {
            JsonValueKind.Object => "an object",
            JsonValueKind.Array => "a list",
            _ => value.GetRawText(),
        };
        return text.Length <= LongestValue ? text : StatusText.Cut(text, LongestValue) + '"';
    }
}
