using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator.Protection;

/// <summary>
/// What the watches of this silo saw of clusters and of workloads that look like databases: a line for each, some hundred bytes. It begins
/// anew with each watch, and a member that is watched elsewhere leaves nothing here.
/// </summary>
internal sealed class ProtectionRegister
{
    private readonly Lock gate = new();
    private readonly Dictionary<MemberKey, Book> books = [];

    /// <summary>The watch of a member's clusters begins here.</summary>
    public void BeginClusters(MemberKey member) => Change(member, book => book.Begin());

    /// <summary>It ended.</summary>
    public void EndClusters(MemberKey member) => Change(member, book => book.End());

    public void Note(ClusterKey cluster, ClusterNote note) => Change(cluster.Member, book => book.Clusters[(cluster.Namespace, cluster.Name)] = note);

    public void Forget(ClusterKey cluster) => Change(cluster.Member, book => book.Clusters.Remove((cluster.Namespace, cluster.Name)));

    /// <summary>A workload was seen that looks like a database. One that was known keeps since when.</summary>
    public void Note(MemberKey member, string @namespace, string name, DatabaseNote note) => Change(member, book =>
        book.Databases[(@namespace, name)] = book.Databases.TryGetValue((@namespace, name), out var before) && before.Uid == note.Uid ? note with { Since = before.Since } : note);

    public void Forget(MemberKey member, string @namespace, string name) => Change(member, book => book.Databases.Remove((@namespace, name)));

    public void ForgetDatabases(MemberKey member) => Change(member, book => book.Databases.Clear());

    /// <summary>Whether the clusters of a member are watched here.</summary>
    public bool Watches(MemberKey member)
    {
        lock (gate)
            return books.TryGetValue(member, out var book) && book.Watched;
    }

    /// <summary>The members whose clusters are watched here.</summary>
    public IReadOnlyList<MemberKey> Watched()
    {
        lock (gate)
            return [.. books.Where(book => book.Value.Watched).Select(book => book.Key)];
    }

    /// <summary>The databases of a member that no cluster describes.</summary>
    public IReadOnlyList<(string Namespace, string Name, DatabaseNote Note)> Undescribed(MemberKey member)
    {
        lock (gate)
            return books.TryGetValue(member, out var book) ? Undescribed(book) : [];
    }

    public MemberProtection See(MemberKey member)
    {
        lock (gate)
        {
            return !books.TryGetValue(member, out var book) ? new() : new()
            {
                Clusters = book.Clusters.Count,
                ClustersWithout = book.Clusters.Values.Count(cluster => cluster.Lacks is not null),
                Databases = book.Databases.Count,
                DatabasesWithout = Undescribed(book).Count,
                Policies = Tally(member, book),
            };
        }
    }

    private static List<(string Namespace, string Name, DatabaseNote Note)> Undescribed(Book book)
    {
        var described = book.Clusters.Select(cluster => (cluster.Key.Namespace, cluster.Value.Workload)).ToHashSet();
        return [.. book.Databases.Where(database => !described.Contains(database.Key)).Select(database => (database.Key.Namespace, database.Key.Name, database.Value))];
    }

    private static List<PolicyTally> Tally(MemberKey member, Book book) =>
    [
        .. from cluster in book.Clusters
           from policy in cluster.Value.Policies
           group cluster by policy into selected
           orderby selected.Key
           let disputes = selected.Select(cluster => (cluster.Key, Of: cluster.Value.Conflicts.Where(conflict => conflict.Policies.Contains(selected.Key)).ToList())).Where(one => one.Of.Count > 0).ToList()
           select new PolicyTally
           {
               Policy = selected.Key,
               Matched = selected.Count(),
               Conflicting = disputes.Count,
               Named =
               [
                   .. disputes.OrderBy(one => one.Key.Namespace, StringComparer.Ordinal).ThenBy(one => one.Key.Name, StringComparer.Ordinal)
                       .SelectMany(one => one.Of.Select(conflict => new PolicyDispute(new ClusterKey(member, one.Key.Namespace, one.Key.Name).ToString(), conflict.Field, conflict.Policies)))
                       .Take(PolicyTally.MostNamed),
               ],
           },
    ];

    private void Change(MemberKey member, Action<Book> change)
    {
        lock (gate)
        {
            if (!books.TryGetValue(member, out var book))
                books[member] = book = new();
            change(book);
            if (book is { Watched: false, Clusters.Count: 0, Databases.Count: 0 })
                books.Remove(member);
        }
    }

    private sealed class Book
    {
        public Dictionary<(string Namespace, string Name), ClusterNote> Clusters { get; } = [];

        public Dictionary<(string Namespace, string Name), DatabaseNote> Databases { get; } = [];

        public bool Watched { get; private set; }

        public void Begin()
        {
            Clusters.Clear();
            Watched = true;
        }

        public void End()
        {
            Clusters.Clear();
            Watched = false;
        }
    }
}
