using System.Text.Json;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains;

/// <summary>What is to be told of a change of any resource: conditions, a status that is owed, and Kubernetes Events.</summary>
internal static class ResourceStory
{
    /// <summary>More than these are not kept while the API server is away: the status says the rest.</summary>
    private const int MostEvents = 16;

    /// <summary><paramref name="next"/> with all that is to be told of it.</summary>
    /// <param name="before">What was remembered.</param>
    /// <param name="next">What is remembered now.</param>
    /// <param name="status">What is shown of a state; null for nothing.</param>
    /// <param name="conditions">The conditions that go with the new state.</param>
    /// <param name="events">The events of the change.</param>
    public static TState Tell<TState, TStatus>(TState before, TState next, Func<TState, TStatus?> status, Func<TState, IReadOnlyList<Condition>> conditions, Func<IEnumerable<ResourceEvent>> events)
        where TState : ResourceState
        where TStatus : class
    {
        if (next.Uid.Length == 0 || (next.Gone && !next.HasSuccessor))
            return next;
        var told = next.Gone ? next : next with { Conditions = conditions(next), EventsOwed = [.. next.EventsOwed.Concat(events()).TakeLast(MostEvents)] };
        return Shown(before) == Shown(told) ? told : told with { StatusOwed = true };

        string Shown(TState state) => JsonSerializer.Serialize(status(state));
    }

    /// <summary>Whether the resource is told again what it asks for in vain.</summary>
    public static bool ObjectsAnew(ResourceState before, ResourceState next) => next.Objection.Length > 0 && (before.Uid != next.Uid || before.Objection != next.Objection);

    /// <summary>Whether a change of phase or reason is an event of its own: an objection says itself that the resource is invalid.</summary>
    public static bool MovesOn(ResourceState before, ResourceState next, bool samePhase) =>
        (before.Uid != next.Uid || !samePhase || before.Reason != next.Reason) && (next.Objection.Length == 0 || next.Reason != Reasons.Invalid);
}

/// <summary>Makes the events of one resource.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Member">The member it lives in.</param>
/// <param name="Namespace">Its namespace.</param>
/// <param name="Name">Its name.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Now">When it happens.</param>
internal sealed record ResourceEvents(string Kind, MemberKey Member, string Namespace, string Name, string Uid, DateTimeOffset Now)
{
    public ResourceEvent Make(string reason, string action, string message, bool warning) => new()
    {
        Kind = Kind,
        Member = Member.Name,
        Namespace = Namespace,
        Name = Name,
        Uid = Uid,
        Warning = warning,
        Reason = reason,
        Action = action,
        Message = message,
        Time = Now,
    };
}
