using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Policies;

/// <summary>What the status of a <c>BackupPolicy</c> becomes. Pure.</summary>
internal static class PolicyStatuses
{
    private const int MostNamed = 10;

    /// <summary>The status by what is known now.</summary>
    public static PolicyStatusDocument Next(PolicyStatusDocument before, FleetEntry<PolicySpec> entry, PolicyPicture picture, DateTimeOffset now)
    {
        var tallies = picture.Of(entry.Name);
        var unknown = picture.Unknown.Where(member => entry.Spec?.Selection.MatchesMember(member) is true).Order(StringComparer.Ordinal).ToList();
        var (status, reason, message) = Judge(entry, tallies, unknown);
        return new()
        {
            ObservedGeneration = entry.Header.Generation,
            Clusters = tallies.Sum(one => one.Tally.Matched),
            Conflicting = tallies.Sum(one => one.Tally.Conflicting),
            Faulty = tallies.Sum(one => one.Tally.Faulty),
            Members = List(tallies.Where(one => one.Tally.Matched > 0).Take(PolicyStatusDocument.MostMembers)
                .Select(one => new PolicyMemberDocument { Name = one.Member, Clusters = one.Tally.Matched })),
            Parts = List(tallies.SelectMany(one => one.Tally.Parts).GroupBy(part => part.Part).OrderBy(part => part.Key, StringComparer.Ordinal).Take(PolicyStatusDocument.MostParts)
                .Select(part => new PolicyPartDocument { Name = part.Key, Clusters = part.Sum(one => one.Clusters) })),
            Conflicts = List(tallies.SelectMany(one => one.Tally.Named).Take(PolicyStatusDocument.MostConflicts)
                .Select(dispute => new PolicyDisputeDocument { Cluster = dispute.Cluster, Field = dispute.Field, Policies = string.Join(',', dispute.Policies) })),
            Conditions =
            [
                entry.Faults.Count == 0
                    ? Condition(PolicyConditions.Accepted, true, Reasons.Accepted, "The resource was read.")
                    : Condition(PolicyConditions.Accepted, false, Reasons.Invalid, string.Join(' ', entry.Faults)),
                Condition(PolicyConditions.Ready, status, reason, message),
            ],
        };

        // A condition that stays as it was, stays since when it was.
        ConditionDocument Condition(string type, bool? holds, string why, string text)
        {
            var next = ConditionDocument.From(new() { Type = type, Status = holds, Reason = why, Message = text, ObservedGeneration = entry.Header.Generation, LastTransition = now });
            return Find(before, type) is { LastTransitionTime: not null } known && known.Status == next.Status ? next with { LastTransitionTime = known.LastTransitionTime } : next;
        }
    }

    /// <summary>The events of what changed: reason, sentence, and whether somebody should look. That a member is away is said at the member.</summary>
    public static IEnumerable<(string Reason, string Message, bool Warning)> Events(PolicyStatusDocument before, PolicyStatusDocument next) =>
        from condition in next.Conditions ?? []
        let known = Find(before, condition.Type!)
        where condition.Status == "False" ? known?.Status != "False" : condition.Status == "True" && known?.Status == "False"
        select (condition.Reason!, condition.Message ?? "", condition.Status == "False");

    private static (bool? Status, string Reason, string Message) Judge(FleetEntry<PolicySpec> entry, IReadOnlyList<(string Member, PolicyTally Tally)> tallies, List<string> unknown)
    {
        var (clusters, conflicting, faulty) = (tallies.Sum(one => one.Tally.Matched), tallies.Sum(one => one.Tally.Conflicting), tallies.Sum(one => one.Tally.Faulty));
        if (entry.Faults.Count > 0)
            return (false, Reasons.Invalid, "It has faults. What was in force stays so in the clusters that it selects.");
        if (conflicting > 0)
            return (false, Reasons.PolicyConflict, Said($"For {conflicting} of {clusters} clusters it and another policy of the same priority do not agree, and that is taken from neither: see status.conflicts."));
        if (faulty > 0)
            return (false, Reasons.ClustersFaulty, Said($"{faulty} of {clusters} clusters that it selects have faults, and keep what was in force: see their condition Accepted."));
        if (unknown.Count > 0)
            return (null, Reasons.MemberAway, $"It is not known how it stands in {string.Join(", ", unknown.Take(MostNamed))}{(unknown.Count > MostNamed ? Said($" and {unknown.Count - MostNamed} more members") : "")}.");
        return (true, Reasons.PolicyApplied, clusters == 0 ? "It selects no cluster." : Said($"It is in force in {clusters} clusters, as far as they do not say otherwise themselves."));
    }

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static List<T>? List<T>(IEnumerable<T> items) => items.ToList() is { Count: > 0 } list ? list : null;

    private static ConditionDocument? Find(PolicyStatusDocument status, string type) => status.Conditions?.FirstOrDefault(condition => condition?.Type == type);
}

/// <summary>The conditions of a <c>BackupPolicy</c>.</summary>
internal static class PolicyConditions
{
    /// <summary>The resource was read.</summary>
    public const string Accepted = nameof(Accepted);

    /// <summary>All of it is in force in each cluster that does not say otherwise itself.</summary>
    public const string Ready = nameof(Ready);
}
