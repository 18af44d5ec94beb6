using System.Data.Common;
using System.Globalization;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Silo.Fleet;

/// <summary>The lists by name: each reads its parameters, and answers a page or all that is wrong with them. The order of a list is stable, and a page begins after a key.</summary>
internal sealed class FleetLists(FleetReader reader)
{
    private static readonly string[] Objectives = ["rpo", "rto", "provenWithin", "any"];
    private static readonly string[] Workloads = [nameof(RowKind.Cluster), nameof(RowKind.Database)];

    /// <summary>Clusters, by name or with the oldest recovery point first.</summary>
    public async Task<(FleetPage<ClusterItem>? Page, IReadOnlyList<FleetFault> Faults)> ClustersAsync(FleetParameters asked, CancellationToken cancellationToken)
    {
        var (limit, member, filter) = (asked.Limit(), asked.Text("member"), new SqlFilter());
        var byAge = asked.Word("sort", "name", "recoveryPoint") == "recoveryPoint";
        filter.Is("member", member).Is("namespace", asked.Text("namespace")).Is("phase", asked.Word("phase", ClusterStandings.All))
            .Lists("storages", asked.Text("storage")).Lists("policies", asked.Text("policy")).Holds(asked.Text("text"), "name", "namespace");
        if (asked.Word("missed", Objectives) is { } missed)
            _ = missed == "any" ? filter.And("missed <> ','") : filter.Lists("missed", missed);
        if (asked.Flag("covered") is { } covered)
            filter.And(covered ? "policies <> ','" : "policies = ','");
        if (asked.Age("olderThan") is { } age)
            filter.And($"recovery_point < {filter.Value((reader.Now - age).ToUnixTimeMilliseconds())}");
        var order = byAge ? "recovery_point, member, namespace, name" : "member, namespace, name";
        if (asked.After(byAge ? "c2" : "c1", byAge ? 4 : 3) is { } after)
            filter.And($"({order}) > ({string.Join(", ", after.Select((part, index) => filter.Value(byAge && index == 0 ? asked.Number(part) : part)))})");
        if (asked.Close() is { Count: > 0 } faults)
            return (null, faults);

        return (await reader.ReadAsync(async session =>
        {
            var items = await session.ListAsync(
                $"SELECT member, namespace, name, created, phase, reason, storages, schedules, policies, last_backup, recovery_point, proven, recovery_seconds, next_due, missed FROM fleet_cluster WHERE {filter.Text} ORDER BY {order} LIMIT {Plus(limit)}",
                filter.Values, Cluster);
            return Page(items, limit, await session.AgesAsync([nameof(RowKind.Cluster)], member), last => byAge
                ? FleetParameters.Cursor("c2", last.RecoveryPoint?.ToUnixTimeMilliseconds() ?? 0, last.Member, last.Namespace, last.Name)
                : FleetParameters.Cursor("c1", last.Member, last.Namespace, last.Name));
        }, cancellationToken), []);
    }

    /// <summary>Clusters that are not backed up by the clock or have no good backup, and databases that no cluster describes.</summary>
    public async Task<(FleetPage<UnprotectedItem>? Page, IReadOnlyList<FleetFault> Faults)> UnprotectedAsync(FleetParameters asked, CancellationToken cancellationToken)
    {
        var (limit, member, filter) = (asked.Limit(), asked.Text("member"), new SqlFilter());
        filter.Is("member", member).Is("namespace", asked.Text("namespace")).Is("reason", asked.Word("reason", UnprotectedReasons.All)).Holds(asked.Text("text"), "name", "namespace");
        if (asked.After("u", 4) is { } after)
            filter.And($"(member, namespace, name, kind) > ({string.Join(", ", after.Select(part => filter.Value(part)))})");
        if (asked.Close() is { Count: > 0 } faults)
            return (null, faults);

        return (await reader.ReadAsync(async session =>
        {
            var items = await session.ListAsync(
                $"SELECT member, namespace, name, kind, reason, created, image FROM ({UnprotectedReasons.Query}) u WHERE reason <> '' AND {filter.Text} ORDER BY member, namespace, name, kind LIMIT {Plus(limit)}",
                filter.Values,
                row => new UnprotectedItem(row.GetString(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), FleetReader.Instant(row, 5) ?? default, FleetReader.Text(row, 6)));
            return Page(items, limit, await session.AgesAsync(Workloads, member), last => FleetParameters.Cursor("u", last.Member, last.Namespace, last.Name, last.Kind));
        }, cancellationToken), []);
    }

    private static FleetPage<T> Page<T>(List<T> items, int limit, IReadOnlyList<MemberAge> ages, Func<T, string> cursor) =>
        new([.. items.Take(limit)], items.Count > limit ? cursor(items[limit - 1]) : null, ages);

    private static string Plus(int limit) => (limit + 1).ToString(CultureInfo.InvariantCulture);

    private static ClusterItem Cluster(DbDataReader row) => new(
        row.GetString(0), row.GetString(1), row.GetString(2), FleetReader.Instant(row, 3) ?? default, row.GetString(4), row.GetString(5), FleetReader.List(row, 6), FleetReader.List(row, 7), FleetReader.List(row, 8),
        FleetReader.Text(row, 9), FleetReader.Instant(row, 10), FleetReader.Instant(row, 11), row.IsDBNull(12) ? null : row.GetDouble(12), FleetReader.Instant(row, 13), FleetReader.List(row, 14));
}
