using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Members;

/// <summary>What this silo knows of the members, from <see cref="MemberClusters"/>: that one is away, its owning activation wrote to its status.</summary>
internal sealed class FleetMembers(MemberClusters clusters) : IFleetMembers
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    public IReadOnlyCollection<MemberKey> All =>
        [Local, .. clusters.Snapshot.Entries.Keys.Where(name => MemberReader.NameObjection(name) is null).Select(name => new MemberKey(name))];

    public MemberStanding StandingOf(MemberKey member)
    {
        if (member == Local)
            return MemberStanding.Present;
        var snapshot = clusters.Snapshot;
        if (!snapshot.Synced)
            return MemberStanding.Away;
        return !snapshot.Entries.TryGetValue(member.Name, out var entry) || entry.Spec is { Suspended: true } ? MemberStanding.Left
            : entry.Spec is null or { Connected: false } ? MemberStanding.Away
            : MemberStanding.Present;
    }
}
