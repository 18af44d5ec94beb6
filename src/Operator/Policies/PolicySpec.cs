using System.Text.Json;

namespace ControlPlane.Operator.Policies;

/// <summary>
/// What a <c>BackupPolicy</c> says. One with faults has its selection all the same, as far as that could be read: the clusters it is about
/// keep what is in force, and are not judged without it.
/// </summary>
internal sealed record PolicySpec
{
    public required string Name { get; init; }

    public required PolicySelection Selection { get; init; }

    /// <summary>Of two policies that say something of one field, the higher one is heard.</summary>
    public int Priority { get; init; }

    /// <summary>Its <c>spec.backup</c>: a part of what a cluster has there. An object.</summary>
    public required JsonElement Backup { get; init; }

    /// <summary>All of its faults; empty where there are none.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>Changes with all that matters to a cluster which the policy selects, and with nothing else.</summary>
    public required string Digest { get; init; }
}
