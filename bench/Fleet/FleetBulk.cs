using System.Data.Common;
using System.Globalization;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Silo.Fleet;
using Npgsql;
using NpgsqlTypes;

namespace ControlPlane.Fleet;

/// <summary>
/// Loads the backups of many members at once, past the silo's writer: without indexes, which are made afterwards. Ten million rows are there in minutes, for
/// those who want to know how it is to read among them.
/// </summary>
internal static class FleetBulk
{
    private static readonly FleetTable Table = FleetTable.Of(RowKind.Backup);

    /// <summary>Loads them; the seconds that took.</summary>
    public static async Task<string> LoadAsync(Silo.Storage.Database database, IEnumerable<(string Member, FleetRow Row)> rows)
    {
        var start = TimeProvider.System.GetTimestamp();
        await using var connection = await database.Source.OpenConnectionAsync();
        var indexes = await TextsAsync(connection, database.IsShared
            ? $"SELECT indexname, indexdef FROM pg_indexes WHERE tablename = '{Table.Name}' AND indexname LIKE '%_by_%'"
            : $"SELECT name, sql FROM sqlite_master WHERE type = 'index' AND tbl_name = '{Table.Name}'");
        foreach (var (name, _) in indexes)
            await RunAsync(connection, $"DROP INDEX {name}");
        if (connection is NpgsqlConnection postgres)
            await CopyAsync(postgres, rows);
        else
            await InsertAsync(connection, rows);
        foreach (var (_, definition) in indexes)
            await RunAsync(connection, definition);
        await RunAsync(connection, $"""
            INSERT INTO fleet_total (member, kind, phase, detail, items, bytes)
            SELECT member, '{nameof(RowKind.Backup)}', {Table.Phase}, {Table.Detail}, count(*), CAST({Table.Bytes} AS BIGINT) FROM {Table.Name} GROUP BY 1, 3, 4
            """);
        if (database.IsShared)
            await RunAsync(connection, $"VACUUM ANALYZE {Table.Name}");
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
    }

    private static async Task CopyAsync(NpgsqlConnection connection, IEnumerable<(string Member, FleetRow Row)> rows)
    {
        var types = Table.Columns.Select(column => column.Type == SqlType.Whole ? NpgsqlDbType.Bigint : NpgsqlDbType.Text).Prepend(NpgsqlDbType.Text).ToArray();
        await using var writer = await connection.BeginBinaryImportAsync($"COPY {Table.Name} (member, {Columns}) FROM STDIN (FORMAT BINARY)");
        writer.Timeout = TimeSpan.Zero;
        foreach (var (member, row) in rows)
        {
            await writer.StartRowAsync();
            var column = 0;
            foreach (var value in Table.Values(row).Prepend(member))
            {
                if (value is null)
                    await writer.WriteNullAsync();
                else
                    await writer.WriteAsync(value, types[column]);
                column++;
            }
        }

        await writer.CompleteAsync();
    }

    private static async Task InsertAsync(DbConnection connection, IEnumerable<(string Member, FleetRow Row)> rows)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Names of ours.
        command.CommandText = $"INSERT INTO {Table.Name} (member, {Columns}) VALUES (@v0, {string.Join(", ", Table.Columns.Select((_, index) => FormattableString.Invariant($"@v{index + 1}")))})";
#pragma warning restore CA2100
        for (var index = 0; index <= Table.Columns.Count; index++)
        {
            var parameter = command.CreateParameter();
            parameter.ParameterName = FormattableString.Invariant($"@v{index}");
            command.Parameters.Add(parameter);
        }

        foreach (var part in rows.Chunk(500_000))
        {
            await using var transaction = await connection.BeginTransactionAsync();
            command.Transaction = transaction;
            foreach (var (member, row) in part)
            {
                var column = 0;
                foreach (var value in Table.Values(row).Prepend(member))
                    command.Parameters[column++].Value = value ?? DBNull.Value;
                await command.ExecuteNonQueryAsync();
            }

            await transaction.CommitAsync();
        }
    }

    private static string Columns => string.Join(", ", Table.Columns.Select(column => column.Name));

    private static async Task<List<(string, string)>> TextsAsync(DbConnection connection, string query)
    {
        await using var command = FleetView.Command(connection, null, query);
        await using var reader = await command.ExecuteReaderAsync();
        var texts = new List<(string, string)>();
        while (await reader.ReadAsync())
            texts.Add((reader.GetString(0), reader.GetString(1)));
        return texts;
    }

    private static async Task RunAsync(DbConnection connection, string text)
    {
        await using var command = FleetView.Command(connection, null, text);
        command.CommandTimeout = 0;
        await command.ExecuteNonQueryAsync();
    }
}
