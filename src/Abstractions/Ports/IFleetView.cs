using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;

namespace ControlPlane.Abstractions.Ports;

/// <summary>
/// The way out for what the watches see: the read model's rows, of which lists and totals are made without asking a grain. For each kind of each
/// member there is one writer, the one whose claim is the last.
/// </summary>
public interface IFleetView
{
    /// <summary>
    /// Makes the caller the writer of a kind of a member, and answers the number of its claim. Whoever wrote before is refused from now on; its rows stay
    /// until a complete list has been written.
    /// </summary>
    Task<long> ClaimAsync(MemberKey member, RowKind kind, CancellationToken cancellationToken);

    /// <summary>Writes a batch, all of it or nothing. False when somebody else has claimed the kind since.</summary>
    Task<bool> WriteAsync(FleetBatch batch, CancellationToken cancellationToken);

    /// <summary>Forgets all rows of members that are not named: they are none of the fleet's any more.</summary>
    Task RetainAsync(IReadOnlyCollection<MemberKey> members, CancellationToken cancellationToken);
}

/// <summary>What is written together. Of a resource at most one row or one that went.</summary>
public sealed record FleetBatch
{
    /// <summary>The most resources of a batch.</summary>
    public const int Most = 500;

    /// <summary>Whose.</summary>
    public required MemberKey Member { get; init; }

    /// <summary>Which kind.</summary>
    public required RowKind Kind { get; init; }

    /// <summary>The number of the writer's claim.</summary>
    public required long Claim { get; init; }

    /// <summary>When it was written.</summary>
    public required DateTimeOffset Time { get; init; }

    /// <summary>Resources as they are, all of <see cref="Kind"/>.</summary>
    public IReadOnlyList<FleetRow> Rows { get; init; } = [];

    /// <summary>Resources that went.</summary>
    public IReadOnlyList<FleetGone> Gone { get; init; } = [];

    /// <summary>When the complete list was read that ends with this batch; null when none does.</summary>
    public DateTimeOffset? Synced { get; init; }

    /// <summary>Whether all of that list was written under this claim: what else there is is gone.</summary>
    public bool Replaces { get; init; }
}

/// <summary>A resource that went.</summary>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID: a namesake stays.</param>
public sealed record FleetGone(string Namespace, string Name, string Uid);
