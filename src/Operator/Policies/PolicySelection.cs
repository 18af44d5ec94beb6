using System.IO.Enumeration;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>Which clusters a policy is about: what each of the three names must hold; an empty one leaves all in.</summary>
/// <param name="Members">Names of members; a star stands for any number of characters.</param>
/// <param name="Namespaces">Names of namespaces, with stars likewise.</param>
/// <param name="Labels">The clusters' own labels.</param>
internal sealed record PolicySelection(IReadOnlyList<string> Members, IReadOnlyList<string> Namespaces, LabelSelector Labels)
{
    public static PolicySelection Everything { get; } = new([], [], LabelSelector.Everything);

    /// <summary>Whether clusters of a member may be among them.</summary>
    public bool MatchesMember(string member) => Names(Members, member);

    public bool Matches(MemberKey member, ResourceHeader cluster) =>
        MatchesMember(member.Name) && Names(Namespaces, cluster.Namespace) && Labels.Matches(cluster.Labels);

    /// <summary>The same text for what <see cref="IsSame"/> says is the same.</summary>
    public override string ToString() => $"{string.Join(',', Members)}|{string.Join(',', Namespaces)}|{Labels}";

    public bool IsSame(PolicySelection other) =>
        Members.SequenceEqual(other.Members) && Namespaces.SequenceEqual(other.Namespaces) && Labels.IsSame(other.Labels);

    private static bool Names(IReadOnlyList<string> patterns, string name) =>
        patterns.Count == 0 || patterns.Any(pattern => FileSystemName.MatchesSimpleExpression(pattern, name, ignoreCase: false));
}
