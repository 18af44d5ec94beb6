using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>All that the ledger remembers. Stored as JSON: members may be added, never renamed. What the budgets say is no part of it: they are resources.</summary>
internal sealed record BudgetState
{
    /// <summary>The form that this code writes.</summary>
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>Since when all that begins asks, and all that runs says so; null where there is no budget.</summary>
    public DateTimeOffset? CountsSince { get; init; }

    /// <summary>The highest number that a place was given.</summary>
    public long LastNumber { get; init; }

    /// <summary>Who has a place, in the order in which they were given.</summary>
    public IReadOnlyList<PlaceLease> Leases { get; init; } = [];

    /// <summary>Who waits, in the order in which places are given.</summary>
    public IReadOnlyList<PlaceWaiter> Waiting { get; init; } = [];

    /// <summary>How long work takes, by what ended; the last heard of first.</summary>
    public IReadOnlyList<TypicalRun> Typical { get; init; } = [];
}

/// <summary>A place that somebody has.</summary>
internal sealed record PlaceLease
{
    /// <summary>Who, and what it loads.</summary>
    public required PlaceWish Wish { get; init; }

    /// <summary>Its number; 0 for one that began without a place.</summary>
    public required long Number { get; init; }

    /// <summary>When it was given.</summary>
    public required DateTimeOffset Given { get; init; }

    /// <summary>Until when the holder may begin.</summary>
    public required DateTimeOffset BeginsBy { get; init; }

    /// <summary>Whether the holder was heard to be at work.</summary>
    public bool Begun { get; init; }

    /// <summary>Whether it was given back before the holder was heard to have begun: it stays until no word that is still on its way can begin anything.</summary>
    public bool Leaving { get; init; }

    /// <summary>When it was last heard of.</summary>
    public required DateTimeOffset Heard { get; init; }

    /// <summary>Its share of the bandwidth; null for no limit.</summary>
    public long? UploadBytesPerSecond { get; init; }
}

/// <summary>Who waits.</summary>
/// <param name="Wish">For what.</param>
/// <param name="Heard">When it last asked.</param>
internal sealed record PlaceWaiter(PlaceWish Wish, DateTimeOffset Heard);

/// <summary>How long a kind of work takes at a place.</summary>
/// <param name="Kind">The kind; all backups count as <see cref="WorkKind.OnDemand"/>.</param>
/// <param name="Place">The bucket; null where it was not known.</param>
/// <param name="Seconds">A mean in which the last one weighs three tenths.</param>
internal sealed record TypicalRun(WorkKind Kind, BucketPlace? Place, double Seconds);
