using System.Globalization;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo.Fleet;

/// <summary>
/// The statements that write one kind. A batch is one parameter, a JSON list of lists, so that it costs one round trip a statement; totals are counted in
/// the same transaction, what was there off and what is there on, so that they are right whatever a batch is a repeat of.
/// </summary>
internal sealed class FleetStatements
{
    /// <summary>So many names are read at a time to find those that a complete list did not have.</summary>
    public const int MostNames = 1000;

    public FleetStatements(Database database, RowKind kind)
    {
        var table = FleetTable.Of(kind);
        var columns = string.Join(", ", table.Columns.Select(column => column.Name));
        var (shares, constant) = table.Shares is { } word ? (", kind", $", '{word}'") : ("", "");
        var keys = database.RowsOf([("k_namespace", SqlType.Text), ("k_name", SqlType.Text), ("k_uid", SqlType.Text)]);
        Changed = $"""
            SELECT r.ordinal FROM ({database.RowsOf([.. table.Columns, ("ordinal", SqlType.Whole)])}) r WHERE
            (SELECT count(*) FROM {table.Name} t WHERE {table.Mine} AND t.namespace = r.namespace AND t.name = r.name{string.Concat(table.Columns.Skip(2).Select(column => $" AND t.{column.Name} IS NOT DISTINCT FROM r.{column.Name}"))}) = 0
            """;
        Upsert = $"""
            INSERT INTO {table.Name} (member{shares}, {columns}) SELECT @member{constant}, {columns} FROM ({database.RowsOf(table.Columns)}) r WHERE true
            ON CONFLICT ({table.Key}) DO UPDATE SET {string.Join(", ", table.Columns.Skip(2).Select(column => $"{column.Name} = excluded.{column.Name}"))}
            """;
        CountRowsOff = Count(table, kind, keys, "-", "");
        CountRowsOn = Count(table, kind, keys, "", "");
        CountGoneOff = Count(table, kind, keys, "-", " AND uid = k_uid");
        DeleteGone = Delete(table, keys) + $" AND uid IN (SELECT k_uid FROM ({keys}) r)";
        DeleteRows = Delete(table, keys);
        Names = string.Create(
            CultureInfo.InvariantCulture,
            $"SELECT namespace, name FROM {table.Name} WHERE {table.Mine} AND (namespace, name) > (@namespace, @name) ORDER BY namespace, name LIMIT {MostNames}");
    }

    /// <summary>Answers the number of the new claim.</summary>
    public const string Claim = """
        INSERT INTO fleet_sync (member, kind, claim) VALUES (@member, @kind, 1)
        ON CONFLICT (member, kind) DO UPDATE SET claim = fleet_sync.claim + 1 RETURNING claim
        """;

    /// <summary>First of all: touches no row where the claim is not the last, and else keeps other writers out until the end.</summary>
    public const string Hold = "UPDATE fleet_sync SET written = @time, synced = COALESCE(@synced, synced) WHERE member = @member AND kind = @kind AND claim = @claim";

    /// <summary>Totals that came to nothing.</summary>
    public const string Tidy = "DELETE FROM fleet_total WHERE member = @member AND kind = @kind AND items = 0";

    /// <summary>Which of some rows are not in the table as they are given: only they are written.</summary>
    public string Changed { get; }

    public string CountRowsOff { get; }

    public string CountRowsOn { get; }

    public string Upsert { get; }

    public string CountGoneOff { get; }

    public string DeleteGone { get; }

    public string DeleteRows { get; }

    /// <summary>The names that follow one.</summary>
    public string Names { get; }

    // A key comes first and the row is looked up by it, whatever a planner thinks of it.
    private static string Count(FleetTable table, RowKind kind, string keys, string sign, string also) => $"""
        INSERT INTO fleet_total (member, kind, phase, detail, items, bytes)
        SELECT member, '{kind}', {table.Phase}, {table.Detail}, {sign}count(*), CAST({sign}{table.Bytes} AS BIGINT)
        FROM ({keys}) r CROSS JOIN {table.Name} t WHERE {table.Mine} AND namespace = k_namespace AND name = k_name{also}
        GROUP BY 1, 3, 4
        ON CONFLICT (member, kind, phase, detail) DO UPDATE SET items = fleet_total.items + excluded.items, bytes = fleet_total.bytes + excluded.bytes
        """;

    private static string Delete(FleetTable table, string keys) =>
        $"DELETE FROM {table.Name} WHERE {table.Mine} AND (namespace, name) IN (SELECT k_namespace, k_name FROM ({keys}) r)";
}
