using System.Globalization;

namespace ControlPlane.Sidecar.Reading;

/// <summary>Names or sentences of which there may be any number: the first are kept, all are counted.</summary>
internal sealed class NamedFew(int kept)
{
    private readonly List<string> first = [];

    /// <summary>How many there are.</summary>
    internal long Count { get; private set; }

    /// <summary>The first of them.</summary>
    internal IReadOnlyList<string> First => first;

    internal void Add(string name)
    {
        if (first.Count < kept)
            first.Add(name);
        Count++;
    }

    /// <summary>The first of them, and how many more there are.</summary>
    internal string Join(string between) =>
        string.Join(between, first) + (Count > first.Count ? string.Create(CultureInfo.InvariantCulture, $"{between}and {Count - first.Count} more") : "");
}
