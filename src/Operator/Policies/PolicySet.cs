using System.Globalization;
using System.IO.Hashing;
using System.Text;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>All policies at one instant. Immutable.</summary>
internal sealed class PolicySet(IReadOnlyList<PolicySpec> policies)
{
    public static PolicySet Empty { get; } = new([]);

    /// <summary>Those of a snapshot, in the order in which they are heard. One that was not taken at all, being one too many, selects nothing.</summary>
    public static PolicySet Of(FleetSnapshot<PolicySpec> snapshot) => new(PolicyMerge.InOrder(snapshot.Entries.Values.Select(entry => entry.Spec).OfType<PolicySpec>()));

    public IReadOnlyList<PolicySpec> All => policies;

    /// <summary>A word that is the same wherever clusters are judged alike: see <see cref="JudgesAs"/>.</summary>
    public string Version { get; } = XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(string.Join('\n', policies.Select(policy => $"{policy.Name}@{policy.Digest}@{policy.Selection}")))).ToString("x16", CultureInfo.InvariantCulture);

    /// <summary>Those that select a cluster.</summary>
    public IReadOnlyList<PolicySpec> For(MemberKey member, ResourceHeader cluster) =>
        policies.Count == 0 ? policies : [.. policies.Where(policy => policy.Selection.Matches(member, cluster))];

    /// <summary>Whether clusters could be judged otherwise by this than by another: a status alone changes nothing.</summary>
    public bool JudgesAs(PolicySet other) =>
        policies.Count == other.All.Count && policies.Zip(other.All).All(pair => pair.First.Name == pair.Second.Name && pair.First.Digest == pair.Second.Digest && pair.First.Selection.IsSame(pair.Second.Selection));

    /// <summary>A word that changes with what policies bring about in a cluster; empty where none selects it.</summary>
    public static string Mark(IReadOnlyList<PolicySpec> selecting) => string.Join(',', selecting.Select(policy => $"{policy.Name}@{policy.Digest}"));
}
