using ControlPlane.Abstractions.Members;

namespace ControlPlane.Abstractions.Ports;

/// <summary>What this silo knows of the fleet's members, from memory: asking costs nothing.</summary>
public interface IFleetMembers
{
    /// <summary>The members that have a grain: the one where the plane runs, and all that are described.</summary>
    IReadOnlyCollection<MemberKey> All { get; }

    /// <summary>How a member stands.</summary>
    MemberStanding StandingOf(MemberKey member);
}

/// <summary>How a member stands, for those whose resources live in it.</summary>
public enum MemberStanding
{
    /// <summary>It is there, as far as is known.</summary>
    Present,

    /// <summary>It cannot be asked now: what is to be done there waits, and nothing is judged that only it can tell.</summary>
    Away,

    /// <summary>The plane leaves it alone, because it is suspended or no longer described: whatever lives in it sleeps until it comes back.</summary>
    Left,
}
