using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Members;

/// <summary>What the status of a <c>MemberCluster</c> becomes. Pure.</summary>
internal static class MemberStatuses
{
    private const int MostRights = 50;

    // Contact alone is written so seldom: each write goes to all silos.
    private static readonly TimeSpan ContactEvery = TimeSpan.FromMinutes(5);

    /// <summary>The status after a look; what was not seen stays as it was said before.</summary>
    public static MemberStatusDocument Next(MemberStatusDocument before, FleetEntry<MemberClusterSpec> entry, MemberLook look, DateTimeOffset now)
    {
        var conditions = new List<ConditionDocument>
        {
            entry.Spec is not null
                ? Condition(MemberConditions.Accepted, true, Reasons.Accepted, "The resource was read.", now)
                : Condition(MemberConditions.Accepted, false, Reasons.Invalid, string.Join(' ', entry.Faults), now),
            Condition(MemberConditions.Connected, look.Connected, look.Reason, look.Message, look.Since ?? now),
        };
        if (look.Missing is { } missing)
            conditions.Add(missing.Count == 0
                ? Condition(MemberConditions.Authorized, true, Reasons.RightsGranted, "All rights of deploy/member are granted.", now)
                : Condition(MemberConditions.Authorized, false, Reasons.RightsMissing, $"Missing: {string.Join(", ", missing)}. Apply deploy/member in the member.", now));
        else if (Find(before, MemberConditions.Authorized) is { } authorized)
            conditions.Add(authorized);
        return new()
        {
            ObservedGeneration = entry.Header.Generation,
            Conditions = conditions,
            ClusterId = before.ClusterId ?? (look.Connected ? look.ClusterId : null),
            KubernetesVersion = look.Version ?? before.KubernetesVersion,
            Clusters = look.Clusters ?? before.Clusters,
            UnprotectedClusters = look.UnprotectedClusters ?? before.UnprotectedClusters,
            UndescribedDatabases = look.UndescribedDatabases ?? before.UndescribedDatabases,
            LastContact = Contact(before, look),
            MissingRights = look.Missing is null ? before.MissingRights : look.Missing.Count == 0 ? null : [.. look.Missing.Take(MostRights).Select(right => right.ToString())],
        };

        // A condition that stays as it was, stays since when it was.
        ConditionDocument Condition(string type, bool status, string reason, string message, DateTimeOffset since)
        {
            var next = ConditionDocument.From(new()
            {
                Type = type, Status = status, Reason = reason, Message = message, ObservedGeneration = entry.Header.Generation, LastTransition = since,
            });
            return Find(before, type) is { } known && known.Status == next.Status ? next with { LastTransitionTime = known.LastTransitionTime } : next;
        }
    }

    /// <summary>The events of what changed: reason, sentence, and whether somebody should look.</summary>
    public static IEnumerable<(string Reason, string Message, bool Warning)> Events(MemberStatusDocument before, MemberStatusDocument next)
    {
        foreach (var condition in next.Conditions ?? [])
        {
            // That a resource is good is no news of its own; that it is not connected yet while it was never looked at, neither.
            var known = Find(before, condition.Type!);
            if (known?.Status == condition.Status || (known is null && condition is { Status: "True", Type: not MemberConditions.Connected }))
                continue;
            yield return (condition.Reason!, condition.Message ?? "", condition.Status != "True");
        }
    }

    private static ConditionDocument? Find(MemberStatusDocument status, string type) => status.Conditions?.FirstOrDefault(condition => condition.Type == type);

    private static string? Contact(MemberStatusDocument before, MemberLook look) =>
        look.LastContact is not { } last ? before.LastContact
        : KubernetesTime.Read(before.LastContact) is { } known && last - known < ContactEvery && look.Connected ? before.LastContact
        : KubernetesTime.Write(last);

    /// <summary>The member in one line, for logs.</summary>
    public static string Describe(MemberLook look) => string.Create(CultureInfo.InvariantCulture, $"{look.Reason}: {look.Message}");
}
