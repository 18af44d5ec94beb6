using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Projection;

/// <summary>Has the databases that no cluster describes written to the read model, as the watches of StatefulSets and of clusters together find them.</summary>
internal sealed class DatabaseRows(ProtectionRegister register, FleetProjections projections, IOptions<DiscoveryOptions> discovery, TimeProvider time) : IMemberCompanion
{
    // A StatefulSet and its MySQLCluster are applied together: it is no database without one in between.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(2);

    public Task RunAsync(MemberKey member, CancellationToken stop)
    {
        var projection = projections.ForDatabases(member);
        return Task.WhenAll(projection.RunAsync(stop), FollowAsync(member, projection, stop));
    }

    private async Task FollowAsync(MemberKey member, KindProjection projection, CancellationToken stop)
    {
        var shown = new Dictionary<(string Namespace, string Name), DatabaseNote>();
        var lists = -1;
        for (var seen = 0L; ;)
        {
            await register.ChangedAsync(member, seen, stop);
            await Task.Delay(Linger, time, stop);
            seen = await register.ChangedAsync(member, seen, stop);

            // Where nobody looks for databases there are none to tell of, and what was told of goes.
            if (register.Undescribed(member) is not { } found || (found.Lists == 0 && discovery.Value.Enabled))
                continue;
            var all = projection.BeginList();
            var present = found.All.ToDictionary(database => (database.Namespace, database.Name), database => database.Note);
            foreach (var (key, note) in present.Where(database => all || !shown.TryGetValue(database.Key, out var before) || before != database.Value))
                await projection.TakeAsync(Row(key, note), stop);
            foreach (var (key, note) in shown.Where(database => !present.ContainsKey(database.Key)))
                await projection.LoseAsync(key.Namespace, key.Name, note.Uid, stop);

            // How old the rows are goes by the list of StatefulSets that they are from.
            if (all || found.Lists != lists || !discovery.Value.Enabled)
                projection.EndList();
            (shown, lists) = (present, found.Lists);
        }
    }

    private static DatabaseRow Row((string Namespace, string Name) key, DatabaseNote note) => new()
    {
        Namespace = key.Namespace, Name = key.Name, Uid = note.Uid, Created = note.Created, Workload = "StatefulSet", Image = note.Image, Replicas = note.Replicas,
    };
}
