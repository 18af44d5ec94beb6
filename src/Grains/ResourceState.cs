using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains;

/// <summary>
/// What the grain of any resource that runs through phases remembers, beside its own: who the resource is, what was read of it, and what its owner is yet to
/// be told. Stored as JSON: members may be added, never renamed.
/// </summary>
internal abstract record ResourceState
{
    /// <summary>The resource's UID; empty when nothing is remembered.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The generation that was last read.</summary>
    public long Generation { get; init; }

    /// <summary>What the last generation asks for in vain; empty when it is accepted.</summary>
    public string Objection { get; init; } = "";

    public string Reason { get; init; } = Reasons.Accepted;

    public string Message { get; init; } = "";

    /// <summary>Whether its resource is gone.</summary>
    public bool Gone { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>Whether the status is yet to be shown.</summary>
    public bool StatusOwed { get; init; }

    /// <summary>Whether the cluster is yet to hear of the end, or of the slot given back.</summary>
    public bool NewsOwed { get; init; }

    /// <summary>Events that are yet to be recorded.</summary>
    public IReadOnlyList<ResourceEvent> EventsOwed { get; init; } = [];

    /// <summary>Jobs that are of no use any more and are yet to be taken away.</summary>
    public IReadOnlyList<string> JobsToRemove { get; init; } = [];

    /// <summary>The number of the last place in the fleet's budgets that it began with: with none it begins twice.</summary>
    public long PlaceNumber { get; init; }

    /// <summary>How it stood in the line for such a place when it last asked; it counts while the reason is the same.</summary>
    public PlaceWait? Line { get; init; }

    /// <summary>The line in which it waits now; null where it waits in none.</summary>
    public PlaceWait? LineNow() => Line is { } line && line.Reason == Reason ? line : null;

    /// <summary>Whether a place may be begun with: in time, and once.</summary>
    public bool MayBeginWith(Place? place, DateTimeOffset now) => place is null || (now <= place.BeginsBy && place.Number > PlaceNumber);

    /// <summary>Whether nothing at all is left to do: no tick is needed.</summary>
    public abstract bool IsSettled { get; }

    /// <summary>Whether it says that it goes, and forgets once all was said.</summary>
    public abstract bool IsForgetting { get; }

    /// <summary>Whether a namesake waits for its end, of whom there is something to tell.</summary>
    public abstract bool HasSuccessor { get; }

    /// <summary>Whether anybody is yet to be told anything.</summary>
    public virtual bool OwesSomething => StatusOwed || NewsOwed || EventsOwed.Count > 0 || JobsToRemove.Count > 0;
}
