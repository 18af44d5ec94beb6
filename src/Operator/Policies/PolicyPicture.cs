using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Operator.Policies;

/// <summary>What is known of policies in all members at one instant.</summary>
/// <param name="Members">The last word of each member that has one.</param>
/// <param name="Unknown">The members of which it is not known how they stand with the present policies: they cannot be reached, or have not judged by them yet.</param>
internal sealed record PolicyPicture(IReadOnlyDictionary<string, MemberProtection> Members, IReadOnlyCollection<string> Unknown)
{
    /// <summary>What one policy comes to, by member.</summary>
    public IReadOnlyList<(string Member, PolicyTally Tally)> Of(string policy) =>
    [
        .. from member in Members
           orderby member.Key
           let tally = member.Value.Policies.FirstOrDefault(tally => tally.Policy == policy)
           where tally is not null
           select (member.Key, tally),
    ];
}
