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
    private readonly Dictionary<MemberKey, ProtectionBook> books = [];
    private readonly Dictionary<MemberKey, Signal> signals = [];

    /// <summary>The watch of a member's clusters begins here.</summary>
    public void BeginClusters(MemberKey member) => Change(member, book => book.Begin());

    /// <summary>It ended.</summary>
    public void EndClusters(MemberKey member) => Change(member, book => book.End());

    /// <summary>All clusters of a complete list were noted, judged by a version of the policies.</summary>
    public void Settle(MemberKey member, string version) => Change(member, book => book.Settle(version));

    /// <summary>All workloads of a complete list were noted.</summary>
    public void SettleDatabases(MemberKey member) => Change(member, book => book.SettleDatabases());

    public void Note(ClusterKey cluster, ClusterNote note) => Change(cluster.Member, book => book.Note((cluster.Namespace, cluster.Name), note));

    public void Forget(ClusterKey cluster) => Change(cluster.Member, book => book.Forget((cluster.Namespace, cluster.Name)));

    /// <summary>A workload was seen that looks like a database. One that was known keeps since when.</summary>
    public void Note(MemberKey member, string @namespace, string name, DatabaseNote note) => Change(member, book => book.NoteDatabase((@namespace, name), note));

    public void Forget(MemberKey member, string @namespace, string name) => Change(member, book => book.ForgetDatabase((@namespace, name)));

    public void ForgetDatabases(MemberKey member) => Change(member, book => book.ForgetDatabases());

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

    /// <summary>The databases of a member that no cluster describes; null before all clusters are known, and with that who describes what.</summary>
    public UndescribedDatabases? Undescribed(MemberKey member)
    {
        lock (gate)
            return books.TryGetValue(member, out var book) && book.Judged is not null ? new(book.Undescribed(), book.DatabaseLists) : null;
    }

    public MemberProtection See(MemberKey member)
    {
        lock (gate)
            return books.TryGetValue(member, out var book) ? book.See(member) : new();
    }

    /// <summary>Done once anything of a member changed after a count of changes; answers the present one. The first is 1.</summary>
    public async Task<long> ChangedAsync(MemberKey member, long seen, CancellationToken cancellationToken)
    {
        while (true)
        {
            Task next;
            lock (gate)
            {
                var signal = SignalOf(member);
                if (signal.Changes > seen)
                    return signal.Changes;
                next = signal.Next.Task;
            }

            await next.WaitAsync(cancellationToken);
        }
    }

    private void Change(MemberKey member, Action<ProtectionBook> change)
    {
        lock (gate)
        {
            if (!books.TryGetValue(member, out var book))
                books[member] = book = new();
            change(book);
            if (book.IsEmpty)
                books.Remove(member);
            SignalOf(member).Say();
        }
    }

    private Signal SignalOf(MemberKey member)
    {
        if (!signals.TryGetValue(member, out var signal))
            signals[member] = signal = new();
        return signal;
    }

    private sealed class Signal
    {
        public long Changes { get; private set; }

        public TaskCompletionSource Next { get; private set; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Say()
        {
            Changes++;
            Next.SetResult();
            Next = new(TaskCreationOptions.RunContinuationsAsynchronously);
        }
    }
}

/// <summary>The databases of a member that no cluster describes.</summary>
/// <param name="All">All of them.</param>
/// <param name="Lists">How many complete lists of workloads that is after; 0 before the first one, when there may be more.</param>
internal sealed record UndescribedDatabases(IReadOnlyList<(string Namespace, string Name, DatabaseNote Note)> All, int Lists);
