using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Operator.Tests.Projection;

/// <summary>A read model in memory, by the same rules as the one in a database; it fails and hangs as it is told.</summary>
internal sealed class StandInFleetView : IFleetView
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string, string), (FleetRow Row, long Claim)> rows = [];
    private readonly List<string> retained = [];
    private long claim;

    /// <summary>What each write first does.</summary>
    public Func<Task> First { get; set; } = () => Task.CompletedTask;

    public int Claims => (int)Interlocked.Read(ref claim);

    public List<FleetBatch> Batches { get; } = [];

    /// <summary>The members that were to be kept, each time.</summary>
    public IReadOnlyList<string> Retained
    {
        get
        {
            lock (gate)
                return [.. retained];
        }
    }

    public DateTimeOffset? Synced { get; private set; }

    public IReadOnlyDictionary<string, string> Rows
    {
        get
        {
            lock (gate)
                return rows.Values.ToDictionary(row => row.Row.Name, row => row.Row.Uid);
        }
    }

    public Task<long> ClaimAsync(MemberKey member, RowKind kind, CancellationToken cancellationToken) => Task.FromResult(Interlocked.Increment(ref claim));

    public async Task<bool> WriteAsync(FleetBatch batch, CancellationToken cancellationToken)
    {
        await First().WaitAsync(cancellationToken);
        lock (gate)
        {
            if (batch.Claim != Interlocked.Read(ref claim))
                return false;
            Batches.Add(batch);
            foreach (var gone in batch.Gone)
            {
                if (rows.TryGetValue((gone.Namespace, gone.Name), out var row) && row.Row.Uid == gone.Uid)
                    rows.Remove((gone.Namespace, gone.Name));
            }

            foreach (var row in batch.Rows)
                rows[(row.Namespace, row.Name)] = (row, batch.Claim);
            if (batch is { Synced: not null, Replaces: true })
            {
                foreach (var stale in rows.Where(row => row.Value.Claim < batch.Claim).ToList())
                    rows.Remove(stale.Key);
            }

            Synced = batch.Synced ?? Synced;
            return true;
        }
    }

    public async Task RetainAsync(IReadOnlyCollection<MemberKey> members, CancellationToken cancellationToken)
    {
        await First().WaitAsync(cancellationToken);
        lock (gate)
            retained.Add(string.Join(' ', members.Select(member => member.Name).Order(StringComparer.Ordinal)));
    }
}
