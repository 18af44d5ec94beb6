using System.Data.Common;
using System.Globalization;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Silo.Fleet;

/// <summary>
/// The lists that may be long, with the newest first. Each is led by an index in that order, and a page looks at a bounded number of its entries: who looks
/// for a needle gets a short page, and goes on after it.
/// </summary>
internal sealed class NewestLists(FleetReader reader)
{
    /// <summary>So many are looked at for a page.</summary>
    public const int MostLookedAt = 5_000;

    private const string Order = "ORDER BY created DESC, id DESC";

    /// <summary>Backups.</summary>
    public async Task<(FleetPage<BackupItem>? Page, IReadOnlyList<FleetFault> Faults)> BackupsAsync(FleetParameters asked, CancellationToken cancellationToken)
    {
        var (member, phase) = (asked.Text("member"), asked.Word("phase", Enum.GetNames<BackupPhase>()));

        // One of them leads, which has an index in the order of the list: the one that is likely to leave least. Of those that succeeded, nearly all, there is none.
        (string Column, string? Value)[] equal = [("cluster", asked.Text("cluster")), ("namespace", asked.Text("namespace")), ("phase", phase), ("storage", asked.Text("storage")), ("member", member)];
        var leader = equal.Where(one => one.Value is not null && (one.Column != "phase" || phase != nameof(BackupPhase.Succeeded))).Select(one => one.Column).FirstOrDefault();
        var (lead, rest) = (new SqlFilter(), new SqlFilter("r"));
        if (leader is not null)
            lead.Is(leader, equal.First(one => one.Column == leader).Value);
        if (leader == "phase")
            lead.And($"phase <> '{nameof(BackupPhase.Succeeded)}'");
        var odd = asked.Flag("unusual");
        if (odd == true && leader is null)
            lead.And("unusual <> ','");
        else if (odd is { } wanted)
            rest.And(wanted ? "unusual <> ','" : "unusual = ','");
        foreach (var one in equal.Where(one => one.Column != leader))
            rest.HasToo(one.Column, one.Value);
        var verified = asked.Word("verified", "Passed", "Failed", "None");
        rest.HasToo("schedule", asked.Text("schedule")).HasToo("verified", verified == "None" ? "" : verified).Holds(asked.Text("text"), "name", "cluster");
        return await PageAsync(
            asked, RowKind.Backup, "fleet_backup", "member, namespace, name, cluster, storage, schedule, created, phase, reason, started, completed, size_bytes, stored_bytes, verified, unusual", lead, rest, member, Backup, cancellationToken);
    }

    /// <summary>Restores.</summary>
    public Task<(FleetPage<TaskItem>? Page, IReadOnlyList<FleetFault> Faults)> RestoresAsync(FleetParameters asked, CancellationToken cancellationToken) =>
        TasksAsync(asked, RowKind.Restore, Enum.GetNames<RestorePhase>(), cancellationToken);

    /// <summary>Drills.</summary>
    public Task<(FleetPage<TaskItem>? Page, IReadOnlyList<FleetFault> Faults)> DrillsAsync(FleetParameters asked, CancellationToken cancellationToken) =>
        TasksAsync(asked, RowKind.Drill, Enum.GetNames<DrillPhase>(), cancellationToken);

    private async Task<(FleetPage<TaskItem>? Page, IReadOnlyList<FleetFault> Faults)> TasksAsync(FleetParameters asked, RowKind kind, IReadOnlyList<string> phases, CancellationToken cancellationToken)
    {
        var member = asked.Text("member");
        var lead = new SqlFilter().And($"kind = '{kind}'").Is("cluster", asked.Text("cluster"));
        var rest = new SqlFilter("r").HasToo("member", member).HasToo("namespace", asked.Text("namespace")).HasToo("phase", asked.Word("phase", phases)).Holds(asked.Text("text"), "name", "cluster", "backup");
        return await PageAsync(asked, kind, "fleet_task", "member, namespace, name, cluster, backup, created, phase, reason, started, completed", lead, rest, member, Work, cancellationToken);
    }

    private async Task<(FleetPage<T>? Page, IReadOnlyList<FleetFault> Faults)> PageAsync<T>(
        FleetParameters asked, RowKind kind, string table, string columns, SqlFilter lead, SqlFilter rest, string? member, Func<DbDataReader, T> item, CancellationToken cancellationToken)
    {
        var limit = asked.Limit();
        if (asked.Age("newerThan") is { } newer)
            lead.And($"created > {lead.Value((reader.Now - newer).ToUnixTimeMilliseconds())}");
        if (asked.Age("olderThan") is { } older)
            lead.And($"created < {lead.Value((reader.Now - older).ToUnixTimeMilliseconds())}");
        if (asked.After("b", 2) is { } after)
            lead.And($"(created, id) < ({lead.Value(asked.Number(after[0]))}, {lead.Value(asked.Number(after[1]))})");
        if (asked.Close() is { Count: > 0 } faults)
            return (null, faults);

        return (await reader.ReadAsync(async session =>
        {
            var floor = rest.IsEmpty ? null : await FloorAsync(session, table, lead);
            var whole = floor is var (created, id) ? $"{lead.Text} AND (created, id) > ({lead.Value(created)}, {lead.Value(id)})" : lead.Text;
            var items = await session.ListAsync(
                $"SELECT created, id, {columns} FROM {table} WHERE {whole} AND {rest.Text} {Order} LIMIT {(limit + 1).ToString(CultureInfo.InvariantCulture)}",
                [.. lead.Values, .. rest.Values], row => (Item: item(row), Created: row.GetInt64(0), Id: row.GetInt64(1)));
            var next = items.Count > limit ? FleetParameters.Cursor("b", items[limit - 1].Created, items[limit - 1].Id)
                : floor is var (at, last) ? FleetParameters.Cursor("b", at, last + 1) : null;
            return new FleetPage<T>([.. items.Take(limit).Select(one => one.Item)], next, await session.AgesAsync([kind.ToString()], member));
        }, cancellationToken), []);
    }

    // How far a page looks, found by the index alone.
    private static async Task<(long Created, long Id)?> FloorAsync(FleetReader.Session session, string table, SqlFilter lead) =>
        (await session.ListAsync(
            $"SELECT created, id FROM {table} WHERE {lead.Text} {Order} LIMIT 1 OFFSET {MostLookedAt.ToString(CultureInfo.InvariantCulture)}",
            lead.Values, row => (Created: row.GetInt64(0), Id: row.GetInt64(1)))).Select(found => ((long, long)?)found).FirstOrDefault();

    private static BackupItem Backup(DbDataReader row) => new(
        row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), row.GetString(6), FleetReader.Text(row, 7), FleetReader.Instant(row, 8) ?? default, row.GetString(9), row.GetString(10),
        FleetReader.Instant(row, 11), FleetReader.Instant(row, 12), FleetReader.Whole(row, 13), FleetReader.Whole(row, 14), FleetReader.Text(row, 15), FleetReader.List(row, 16));

    private static TaskItem Work(DbDataReader row) => new(
        row.GetString(2), row.GetString(3), row.GetString(4), row.GetString(5), FleetReader.Text(row, 6), FleetReader.Instant(row, 7) ?? default, row.GetString(8), row.GetString(9),
        FleetReader.Instant(row, 10), FleetReader.Instant(row, 11));
}
