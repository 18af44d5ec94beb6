using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator.Protection;

/// <summary>What is noted of one member. Not for two at once: <see cref="ProtectionRegister"/> sees to that.</summary>
internal sealed class ProtectionBook
{
    private readonly Dictionary<(string Namespace, string Name), ClusterNote> clusters = [];
    private readonly Dictionary<(string Namespace, string Name), DatabaseNote> databases = [];
    private readonly SharedNotes shared = new();

    /// <summary>Whether the member's clusters are watched here.</summary>
    public bool Watched { get; private set; }

    public bool IsEmpty => !Watched && clusters.Count == 0 && databases.Count == 0;

    /// <summary>See <see cref="MemberProtection.Judged"/>.</summary>
    public string? Judged { get; private set; }

    /// <summary>How many complete lists of workloads were noted since their watch began.</summary>
    public int DatabaseLists { get; private set; }

    public void Begin() => StartOver(watched: true);

    public void End() => StartOver(watched: false);

    public void Settle(string version) => Judged = Watched ? version : null;

    public void SettleDatabases() => DatabaseLists++;

    public void Note((string Namespace, string Name) cluster, ClusterNote note)
    {
        Forget(cluster);
        clusters[cluster] = shared.Share(note);
    }

    public void Forget((string Namespace, string Name) cluster)
    {
        if (clusters.Remove(cluster, out var before))
            shared.Release(before);
    }

    public void NoteDatabase((string Namespace, string Name) database, DatabaseNote note) =>
        databases[database] = databases.TryGetValue(database, out var before) && before.Uid == note.Uid ? note with { Since = before.Since } : note;

    public void ForgetDatabase((string Namespace, string Name) database) => databases.Remove(database);

    public void ForgetDatabases()
    {
        databases.Clear();
        DatabaseLists = 0;
    }

    public List<(string Namespace, string Name, DatabaseNote Note)> Undescribed()
    {
        var described = clusters.Select(cluster => (cluster.Key.Namespace, cluster.Value.Workload)).ToHashSet();
        return [.. databases.Where(database => !described.Contains(database.Key)).Select(database => (database.Key.Namespace, database.Key.Name, database.Value))];
    }

    public MemberProtection See(MemberKey member) => new()
    {
        Clusters = clusters.Count,
        ClustersWithout = clusters.Values.Count(cluster => cluster.Lacks is not null),
        Databases = databases.Count,
        DatabasesWithout = Undescribed().Count,
        Policies = [.. clusters.SelectMany(cluster => cluster.Value.Policies, (cluster, policy) => (Cluster: cluster, Policy: policy)).GroupBy(one => one.Policy, one => one.Cluster)
            .OrderBy(selected => selected.Key, StringComparer.Ordinal).Select(selected => Tally(member, selected.Key, [.. selected]))],
        Judged = Judged,
    };

    private static PolicyTally Tally(MemberKey member, string policy, List<KeyValuePair<(string Namespace, string Name), ClusterNote>> selected)
    {
        var disputes = selected.Select(cluster => (cluster.Key, Of: cluster.Value.Conflicts.Where(conflict => conflict.Policies.Contains(policy)).ToList())).Where(one => one.Of.Count > 0).ToList();
        return new()
        {
            Policy = policy,
            Matched = selected.Count,
            Conflicting = disputes.Count,
            Named =
            [
                .. disputes.OrderBy(one => one.Key.Namespace, StringComparer.Ordinal).ThenBy(one => one.Key.Name, StringComparer.Ordinal)
                    .SelectMany(one => one.Of.Select(conflict => new PolicyDispute(new ClusterKey(member, one.Key.Namespace, one.Key.Name).ToString(), conflict.Field, conflict.Policies)))
                    .Take(PolicyTally.MostNamed),
            ],
            Faulty = selected.Count(cluster => cluster.Value.IsFaulty),
            Parts =
            [
                .. selected.SelectMany(cluster => cluster.Value.Parts).Where(part => part.Policy == policy).GroupBy(part => part.Part)
                    .OrderBy(part => part.Key, StringComparer.Ordinal).Take(PolicyTally.MostParts).Select(part => new PartTally(part.Key, part.Count())),
            ],
        };
    }

    private void StartOver(bool watched)
    {
        foreach (var cluster in clusters.Keys.ToList())
            Forget(cluster);
        (Watched, Judged) = (watched, null);
    }
}
