using System.Collections.Immutable;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Fleet;

/// <summary>All that is known of one kind of the fleet's configuration at one instant. Immutable.</summary>
internal sealed record FleetSnapshot<TSpec>
    where TSpec : class
{
    /// <summary>Rises with every change.</summary>
    public required long Version { get; init; }

    /// <summary>
    /// Whether a complete list was seen since this silo began. Before that nothing may be judged: what is missing here may be there. Once true,
    /// it stays so, also while the API server is away: then the last word counts.
    /// </summary>
    public required bool Synced { get; init; }

    /// <summary>By name. Beyond the most that are taken, the youngest are refused: they have faults.</summary>
    public required ImmutableSortedDictionary<string, FleetEntry<TSpec>> Entries { get; init; }

    /// <summary>The specs that could be read.</summary>
    public IEnumerable<(FleetEntry<TSpec> Entry, TSpec Spec)> Specs => Entries.Values.Where(entry => entry.Spec is not null).Select(entry => (entry, entry.Spec!));
}

/// <summary>One resource of the fleet's configuration, read.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Spec">What it asks for; null where it has faults.</param>
/// <param name="Faults">All of its faults; empty where it has none.</param>
internal sealed record FleetEntry<TSpec>(ResourceHeader Header, TSpec? Spec, IReadOnlyList<string> Faults)
    where TSpec : class
{
    public string Name => Header.Name;
}
