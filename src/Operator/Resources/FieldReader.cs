using System.Globalization;
using System.Text.Json;

namespace ControlPlane.Operator.Resources;

/// <summary>What is wrong with a value, as the rest of a sentence that begins with it; null when nothing is.</summary>
internal delegate string? FieldCheck(string value);

/// <summary>
/// Reads one object of a resource field by field. Whatever cannot be used goes to the list of faults and reads as absent, so that one
/// pass finds all faults. At its end <see cref="Close"/> finds the fields that nobody asked for.
/// </summary>
internal sealed class FieldReader(JsonElement element, string path, string pattern, FaultList faults)
{
    private readonly HashSet<string> asked = [];

    /// <summary>The path for people: <c>spec.backup.storages.s3-main</c>.</summary>
    public string Path => path;

    /// <summary>The path for tables: <c>spec.backup.storages.*</c>.</summary>
    public string Pattern => pattern;

    /// <summary>Whether this is only a part of a document: what is missing may stand in another one.</summary>
    public bool IsPart => faults.IsPart;

    /// <summary>The object as it is.</summary>
    public JsonElement Whole => element;

    public bool Has(string name) => Find(name) is not null;

    /// <summary>A text that passes all checks.</summary>
    public string? Text(string name, params ReadOnlySpan<FieldCheck> checks)
    {
        if (Typed(name, JsonValueKind.String, "is no text; write a string") is not { } value)
            return null;
        var text = value.GetString()!;
        foreach (var check in checks)
        {
            if (check(text) is not { } objection)
                continue;
            faults.Add(At(name), value, objection);
            return null;
        }
        return text;
    }

    /// <summary>The same, and a fault when it is absent.</summary>
    public string? Required(string name, params ReadOnlySpan<FieldCheck> checks)
    {
        Demand(name);
        return Text(name, checks);
    }

    /// <summary>One of a few words.</summary>
    public string? Word(string name, params string[] words) => Text(name, text =>
        words.Contains(text) ? null
        : UnsupportedFields.Value(PatternAt(name), text) is { } why ? why
        : $"is not known; use {Spelling.List(words)}");

    public bool? Flag(string name) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.True or JsonValueKind.False } value => value.GetBoolean(),
            { } value => Refuse<bool>(name, value, "is neither true nor false"),
        };

    public long? Number(string name, long smallest, long largest) =>
        Find(name) switch
        {
            null => null,
            { ValueKind: JsonValueKind.Number } value when value.TryGetInt64(out var number) && number >= smallest && number <= largest => number,
            { } value => Refuse<long>(name, value, string.Create(CultureInfo.InvariantCulture, $"is no whole number from {smallest} to {largest}")),
        };

    /// <summary>A number of bytes, plain or as Kubernetes writes quantities.</summary>
    public long? Bytes(string name, long smallest, long largest) =>
        Find(name) switch
        {
            null => null,
            { } value when Quantities.Bytes(value) is { } bytes && bytes >= smallest && bytes <= largest => bytes,
            { } value => Refuse<long>(name, value, $"is no whole number of bytes from {Quantities.Shown(smallest)} to {Quantities.Shown(largest)}; use for example 50Mi"),
        };

    /// <summary>An object within this one.</summary>
    public FieldReader? Section(string name) =>
        Typed(name, JsonValueKind.Object, "is no object; write its fields below it") is { } value ? new(value, At(name), PatternAt(name), faults) : null;

    /// <summary>The same, and a fault when it is absent.</summary>
    public FieldReader? RequiredSection(string name)
    {
        Demand(name);
        return Section(name);
    }

    /// <summary>The objects of a map, by key.</summary>
    public IEnumerable<(string Key, FieldReader Entry)> Entries(string name, int most, FieldCheck keyCheck)
    {
        if (Section(name) is not { } map)
            yield break;
        var entries = map.Properties().ToList();
        if (entries.Count > most)
            faults.Add(At(name), string.Create(CultureInfo.InvariantCulture, $"has {entries.Count} entries; at most {most} are taken"));
        foreach (var (key, value) in entries.Take(most))
        {
            var place = $"{At(name)}.{key}";
            if (keyCheck(key) is { } objection)
                faults.Add(At(name), JsonSerializer.SerializeToElement(key), objection);
            else if (value.ValueKind != JsonValueKind.Object)
                faults.Add(place, value, "is no object; write its fields below it");
            else
                yield return (key, new(value, place, $"{PatternAt(name)}.*", faults));
        }
    }

    /// <summary>The objects of a list.</summary>
    public IEnumerable<FieldReader> Items(string name, int most)
    {
        foreach (var (index, value) in Elements(name, most).Index())
        {
            var place = string.Create(CultureInfo.InvariantCulture, $"{At(name)}[{index}]");
            if (value.ValueKind == JsonValueKind.Object)
                yield return new(value, place, $"{PatternAt(name)}[]", faults);
            else
                faults.Add(place, "is no object; write its fields below it");
        }
    }

    /// <summary>The texts of a list. They are not shown in faults: they may hold what is nobody's business.</summary>
    public IReadOnlyList<string> Texts(string name, int most)
    {
        var texts = new List<string>();
        foreach (var (index, value) in Elements(name, most).Index())
        {
            if (value.ValueKind == JsonValueKind.String)
                texts.Add(value.GetString()!);
            else
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{At(name)}[{index}]"), "is no text; write a string in quotes");
        }
        return texts;
    }

    /// <summary>The texts of a list that pass a check.</summary>
    public IReadOnlyList<string> Names(string name, int most, FieldCheck check)
    {
        var names = new List<string>();
        foreach (var (index, value) in Elements(name, most).Index())
        {
            if ((value.ValueKind == JsonValueKind.String ? check(value.GetString()!) : "is no text; write a string in quotes") is { } objection)
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"{At(name)}[{index}]"), value, objection);
            else
                names.Add(value.GetString()!);
        }
        return names;
    }

    /// <summary>The texts of a map, by key, where both pass their checks.</summary>
    public IReadOnlyList<(string Key, string Value)> Map(string name, int most, FieldCheck keyCheck, FieldCheck valueCheck)
    {
        var entries = Section(name)?.Properties().ToList() ?? [];
        if (entries.Count > most)
            faults.Add(At(name), string.Create(CultureInfo.InvariantCulture, $"has {entries.Count} entries; at most {most} are taken"));
        var texts = new List<(string, string)>();
        foreach (var (key, value) in entries.Take(most))
        {
            if (keyCheck(key) is { } objection)
                faults.Add(At(name), JsonSerializer.SerializeToElement(key), objection);
            else if ((value.ValueKind == JsonValueKind.String ? valueCheck(value.GetString()!) : "is no text; write a string in quotes") is { } trouble)
                faults.Add($"{At(name)}.{key}", value, trouble);
            else
                texts.Add((key, value.GetString()!));
        }
        return texts;
    }

    /// <summary>A value as it is.</summary>
    public JsonElement? Raw(string name) => Find(name);

    public void Add(string name, string objection) => faults.Add(At(name), objection);

    /// <summary>Adds a fault unless the field is there.</summary>
    public void Demand(string name)
    {
        if (Find(name) is null)
            faults.Add(At(name), "is missing");
    }

    /// <summary>The same, but of a part of a document, whose other parts may have it.</summary>
    public void Expect(string name)
    {
        if (!faults.IsPart)
            Demand(name);
    }

    /// <summary>Finds what nobody asked for: what a later version knows, what is without effect here, and what is misspelt.</summary>
    public void Close()
    {
        foreach (var (name, value) in Properties())
        {
            if (asked.Contains(name) || UnsupportedFields.IsHarmless(PatternAt(name), value))
                continue;
            var nearest = Spelling.Nearest(name, asked);
            faults.Add(At(name), UnsupportedFields.Field(PatternAt(name))
                ?? "is not known; " + (nearest is null ? $"known here are {Spelling.List([.. asked.Order(StringComparer.Ordinal)])}" : $"did you mean '{nearest}'?".TrimEnd('?')));
        }
    }

    private string PatternAt(string name) => pattern.Length == 0 ? name : $"{pattern}.{name}";

    private string At(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private IEnumerable<(string Name, JsonElement Value)> Properties() =>
        element.EnumerateObject().Where(property => property.Value.ValueKind != JsonValueKind.Null).Select(property => (property.Name, property.Value));

    private List<JsonElement> Elements(string name, int most)
    {
        if (Find(name) is not { } list)
            return [];
        if (list.ValueKind != JsonValueKind.Array)
        {
            // Not shown: it may be an argument with a password in it.
            faults.Add(At(name), "is no list");
            return [];
        }
        if (list.GetArrayLength() > most)
            faults.Add(At(name), string.Create(CultureInfo.InvariantCulture, $"has {list.GetArrayLength()} entries; at most {most} are taken"));
        return [.. list.EnumerateArray().Take(most)];
    }

    private JsonElement? Typed(string name, JsonValueKind kind, string objection)
    {
        if (Find(name) is not { } value)
            return null;
        if (value.ValueKind == kind)
            return value;
        faults.Add(At(name), value, objection);
        return null;
    }

    private T? Refuse<T>(string name, JsonElement value, string objection) where T : struct
    {
        faults.Add(At(name), value, objection);
        return null;
    }

    // A null is an absent field, as the API server has it.
    private JsonElement? Find(string name)
    {
        asked.Add(name);
        faults.Asked?.Add(PatternAt(name));
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;
    }
}
