using System.Globalization;
using System.IO.Hashing;
using System.Text;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using MySqlConnector;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>What a drill asks of its server.</summary>
internal sealed class DrillChecks(MySqlConnection connection, DrillRequest drill, string uid)
{
    private readonly List<string> findings = [];
    private int faults;

    /// <summary>All of it. Throws when the server goes away.</summary>
    internal async Task<DrillSummary> RunAsync(MadeData made, CancellationToken cancellationToken)
    {
        var version = await ScalarAsync("SELECT VERSION()", cancellationToken);
        var gtid = await LookAtGtidAsync(made, cancellationToken);
        var tables = await TablesAsync(cancellationToken);
        var chosen = Choose(tables, drill.TablesChecked, uid);
        var rows = 0L;
        foreach (var table in chosen)
        {
            if (await CheckAsync(table, cancellationToken) && drill.CountsRows)
                rows += await CountAsync(table, cancellationToken);
        }

        var passed = 0;
        foreach (var (index, query) in drill.Queries.Index())
            passed += await AskAsync(index, query, cancellationToken) ? 1 : 0;
        return new DrillSummary
        {
            ServerVersion = version,
            GtidExecuted = gtid,
            Tables = tables.Count,
            TablesChecked = chosen.Count,
            Rows = rows,
            QueriesPassed = passed,
            Faults = faults,
            Findings = findings,
        };
    }

    /// <summary>A finding within its bound.</summary>
    internal static string Cut(string finding) => finding.Length <= DrillSummary.MaximumFinding ? finding : finding[..(DrillSummary.MaximumFinding - 1)] + "…";

    /// <summary>Which tables are looked at: all, or half of the number by size and the rest by lot, another lot for each drill.</summary>
    internal static IReadOnlyList<DrillTable> Choose(IReadOnlyList<DrillTable> tables, int most, string uid)
    {
        if (most == 0 || most >= tables.Count)
            return tables;
        var largest = tables.OrderByDescending(table => table.Bytes).ThenBy(table => table.Name, StringComparer.Ordinal).Take((most + 1) / 2).ToList();
        var others = tables.Except(largest).OrderBy(table => XxHash64.HashToUInt64(Encoding.UTF8.GetBytes($"{uid}/{table.Name}"))).Take(most - largest.Count);
        return [.. largest, .. others];
    }

    /// <summary>A GTID set in one form: without spaces and line feeds, in lower case.</summary>
    internal static string? Plain(string? gtid) =>
        gtid is null || string.Concat(gtid.Where(letter => !char.IsWhiteSpace(letter))).ToLowerInvariant() is not { Length: > 0 } set ? null : set;

    // MariaDB has its position in the binary log alone, which no backup holds: there the tool's word is all there is, and it was compared when the data were prepared.
    private async Task<string?> LookAtGtidAsync(MadeData made, CancellationToken cancellationToken)
    {
        if (made.Contents.Engine != BackupEngine.XtraBackup)
            return made.Positions.GtidExecuted;
        var has = Plain(await ScalarAsync("SELECT @@global.gtid_executed", cancellationToken));
        if (made.Contents.Positions?.GtidExecuted is { } wanted && has != Plain(wanted))
            Find($"The server came up with the GTID set {has ?? "of nothing"}, and the manifest says {Plain(wanted)}.");
        return has;
    }

    private async Task<List<DrillTable>> TablesAsync(CancellationToken cancellationToken)
    {
        await using var command = Command(
            "SELECT table_schema, table_name, COALESCE(data_length, 0) + COALESCE(index_length, 0) FROM information_schema.tables "
            + "WHERE table_type = 'BASE TABLE' AND table_schema NOT IN ('information_schema', 'performance_schema', 'sys') ORDER BY 1, 2");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var tables = new List<DrillTable>();
        while (await reader.ReadAsync(cancellationToken))
            tables.Add(new DrillTable(reader.GetString(0), reader.GetString(1), Convert.ToInt64(reader.GetValue(2), CultureInfo.InvariantCulture)));
        return tables;
    }

    private Task<bool> CheckAsync(DrillTable table, CancellationToken cancellationToken) => GuardAsync($"CHECK TABLE {table.Name}", async () =>
    {
        await using var command = Command($"CHECK TABLE {table.Quoted}");
        await using var reader = await command.ExecuteReaderAsync(cancellationToken);
        var good = true;
        while (await reader.ReadAsync(cancellationToken))
        {
            var (kind, text) = (reader.GetString(2), reader.GetString(3));
            if (kind is not ("error" or "Error") && (kind is not "status" || text is "OK" or "Table is already up to date"))
                continue;
            good = false;
            Find($"CHECK TABLE {table.Name}: {kind}: {text}");
        }

        return good;
    });

    private async Task<long> CountAsync(DrillTable table, CancellationToken cancellationToken)
    {
        var rows = 0L;
        await GuardAsync($"Counting the rows of {table.Name}", async () =>
        {
            rows = long.Parse(await ScalarAsync($"SELECT COUNT(*) FROM {table.Quoted}", cancellationToken) ?? "0", CultureInfo.InvariantCulture);
            return true;
        });
        return rows;
    }

    // Neither the query nor its result stands in a finding: both are the owner's, and the report is shown to many.
    private Task<bool> AskAsync(int index, DrillQuery query, CancellationToken cancellationToken)
    {
        var what = string.Create(CultureInfo.InvariantCulture, $"Query {index + 1}");
        return GuardAsync(what, async () =>
        {
            await using (var begin = Command("START TRANSACTION READ ONLY"))
                await begin.ExecuteNonQueryAsync(cancellationToken);
            string result;
            await using (var command = Command(query.Query))
            await using (var reader = await command.ExecuteReaderAsync(cancellationToken))
                result = await TextAsync(reader, cancellationToken);
            await using (var end = Command("ROLLBACK"))
                await end.ExecuteNonQueryAsync(cancellationToken);
            if (query.Expected is null || result == query.Expected)
                return true;
            Find($"{what} has another result than the expected one.");
            return false;
        });
    }

    // No more is read than is compared.
    private static async Task<string> TextAsync(MySqlDataReader reader, CancellationToken cancellationToken)
    {
        var text = new StringBuilder();
        var isFirst = true;
        while (text.Length <= DrillRequest.MaximumResultLength && await reader.ReadAsync(cancellationToken))
        {
            text.Append(isFirst ? "" : "\n");
            isFirst = false;
            for (var column = 0; column < reader.FieldCount; column++)
            {
                text.Append(column == 0 ? "" : "\t").Append(reader.IsDBNull(column) ? "NULL" : Convert.ToString(reader.GetValue(column), CultureInfo.InvariantCulture));
            }
        }

        return text.ToString();
    }

    // What the server answers is a finding; when it does not answer any more, nothing further can be asked.
    private async Task<bool> GuardAsync(string what, Func<Task<bool>> check)
    {
        try
        {
            return await check();
        }
        catch (MySqlException trouble) when (connection.State == System.Data.ConnectionState.Open)
        {
            Find($"{what}: {trouble.ErrorCode}: {(what.StartsWith("Query", StringComparison.Ordinal) ? "it failed" : trouble.Message)}");
            return false;
        }
        catch (MySqlException trouble)
        {
            throw new JobFaultException(JobFault.DrillFailed, $"{what}: the server went away: {trouble.Message}", trouble);
        }
    }

    private void Find(string finding)
    {
        faults++;
        if (findings.Count < DrillSummary.MaximumFindings)
            findings.Add(Cut(finding));
    }

    private async Task<string?> ScalarAsync(string query, CancellationToken cancellationToken)
    {
        await using var command = Command(query);
        return Convert.ToString(await command.ExecuteScalarAsync(cancellationToken), CultureInfo.InvariantCulture);
    }

#pragma warning disable CA2100 // The owner's queries are statements by intent; names of tables are quoted.
    private MySqlCommand Command(string text) => new(text, connection) { CommandTimeout = drill.QuerySeconds };
#pragma warning restore CA2100
}

/// <summary>A table that a drill may look at.</summary>
/// <param name="Schema">Its database.</param>
/// <param name="Table">Its name.</param>
/// <param name="Bytes">Its size, as the server reckons it.</param>
internal sealed record DrillTable(string Schema, string Table, long Bytes)
{
    internal string Name => $"{Schema}.{Table}";

    internal string Quoted => $"{Quote(Schema)}.{Quote(Table)}";

    private static string Quote(string name) => $"`{name.Replace("`", "``", StringComparison.Ordinal)}`";
}
