using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Silo.Fleet;

/// <summary>The totals, from what is counted with each batch: no list is gone through for them.</summary>
internal sealed class FleetSums(FleetReader reader)
{
    /// <summary>So many storages are shown, those with most in them.</summary>
    public const int MostStorages = 100;

    /// <summary>The whole fleet, or one member.</summary>
    public async Task<(FleetTotals? Totals, IReadOnlyList<FleetFault> Faults)> TotalsAsync(FleetParameters asked, CancellationToken cancellationToken)
    {
        var member = asked.Text("member");
        if (asked.Close() is { Count: > 0 } faults)
            return (null, faults);
        return (await reader.ReadAsync(async session =>
        {
            var filter = new SqlFilter().Is("member", member).And("items > 0");
            var all = await session.ListAsync(
                $"SELECT member, kind, phase, CAST(sum(items) AS BIGINT), CAST(sum(bytes) AS BIGINT) FROM fleet_total WHERE {filter.Text} GROUP BY member, kind, phase",
                filter.Values, row => new Sum(row.GetString(0), row.GetString(1), row.GetString(2), row.GetInt64(3), row.GetInt64(4)));
            var missed = await session.ListAsync(
                $"SELECT detail, CAST(sum(items) AS BIGINT) FROM fleet_total WHERE {filter.Text} AND kind = '{nameof(RowKind.Cluster)}' GROUP BY detail",
                filter.Values, row => (Names: FleetReader.List(row, 0), Items: row.GetInt64(1)));
            var storages = await session.ListAsync(
                $"SELECT detail, CAST(sum(items) AS BIGINT), CAST(sum(bytes) AS BIGINT) FROM fleet_total WHERE {filter.Text} AND kind = '{nameof(RowKind.Backup)}' GROUP BY detail ORDER BY 3 DESC, 1 LIMIT {MostStorages.ToString(System.Globalization.CultureInfo.InvariantCulture)}",
                filter.Values, row => new StorageTotals(row.GetString(0), row.GetInt64(1), row.GetInt64(2)));
            var ages = await session.AgesAsync(Enum.GetNames<RowKind>(), member);
            return Add(all, missed, storages, ages);
        }, cancellationToken), []);
    }

    private static FleetTotals Add(List<Sum> all, List<(string[] Names, long Items)> missed, List<StorageTotals> storages, IReadOnlyList<MemberAge> ages) => new()
    {
        Clusters = new(Count(all, RowKind.Cluster), ByPhase(all, RowKind.Cluster), missed.SelectMany(one => one.Names, (one, name) => (name, one.Items)).GroupBy(one => one.name).ToDictionary(group => group.Key, group => group.Sum(one => one.Items))),
        Backups = new(Count(all, RowKind.Backup), all.Where(Is(RowKind.Backup)).Sum(sum => sum.Bytes), ByPhase(all, RowKind.Backup), storages),
        Restores = ByPhase(all, RowKind.Restore),
        Drills = ByPhase(all, RowKind.Drill),
        UndescribedDatabases = Count(all, RowKind.Database),
        Members = [.. all.GroupBy(sum => sum.Member).OrderBy(group => group.Key, StringComparer.Ordinal).Select(group =>
            new MemberTotals(group.Key, Count(group, RowKind.Cluster), Count(group, RowKind.Backup), group.Where(Is(RowKind.Backup)).Sum(sum => sum.Bytes)))],
        AsOf = ages,
    };

    private static Func<Sum, bool> Is(RowKind kind) => sum => sum.Kind == kind.ToString();

    private static long Count(IEnumerable<Sum> sums, RowKind kind) => sums.Where(Is(kind)).Sum(sum => sum.Items);

    private static SortedDictionary<string, long> ByPhase(IEnumerable<Sum> sums, RowKind kind) =>
        new(sums.Where(Is(kind)).GroupBy(sum => sum.Phase).ToDictionary(group => group.Key, group => group.Sum(sum => sum.Items)), StringComparer.Ordinal);

    private sealed record Sum(string Member, string Kind, string Phase, long Items, long Bytes);
}
