using System.Data.Common;
using System.Text;
using System.Text.Json;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo.Fleet;

/// <summary>The read model's rows in the silo's own database.</summary>
internal sealed class FleetView(Database database) : IFleetView
{
    private readonly Dictionary<RowKind, FleetStatements> statements = Enum.GetValues<RowKind>().ToDictionary(kind => kind, kind => new FleetStatements(database, kind));

    /// <inheritdoc/>
    public async Task<long> ClaimAsync(MemberKey member, RowKind kind, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var command = Command(connection, null, FleetStatements.Claim, ("@member", member.Name), ("@kind", kind.ToString()));
        return Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public async Task<bool> WriteAsync(FleetBatch batch, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (run, texts) = (new Run(connection, transaction, batch, cancellationToken), statements[batch.Kind]);
        if (await run.DoAsync(FleetStatements.Hold, ("@kind", batch.Kind.ToString()), ("@time", batch.Time.ToUnixTimeMilliseconds()), ("@synced", (object?)batch.Synced?.ToUnixTimeMilliseconds() ?? DBNull.Value)) == 0)
            return false;
        if (batch.Gone.Count > 0)
        {
            var gone = Text(batch.Gone.Select(one => (object?[])[one.Namespace, one.Name, one.Uid]));
            await run.DoAsync(texts.CountGoneOff, ("@rows", gone));
            await run.DoAsync(texts.DeleteGone, ("@rows", gone));
        }

        if (batch.Rows.Count > 0)
        {
            var table = FleetTable.Of(batch.Kind);
            var rows = Text(batch.Rows.Select(table.Values));
            await run.DoAsync(texts.CountRowsOff, ("@rows", rows));
            await run.DoAsync(texts.Upsert, ("@rows", rows));
            await run.DoAsync(texts.CountRowsOn, ("@rows", rows));
        }

        if (batch is { Synced: not null, Replaces: true })
        {
            do
                await run.DoAsync(texts.CountStaleOff);
            while (await run.DoAsync(texts.DeleteStale) == FleetStatements.MostStale);
        }

        if (batch.Synced is not null)
            await run.DoAsync(FleetStatements.Tidy, ("@kind", batch.Kind.ToString()));
        await transaction.CommitAsync(cancellationToken);
        return true;
    }

    /// <inheritdoc/>
    public async Task RetainAsync(IReadOnlyCollection<MemberKey> members, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var kept = Text(members.Select(member => (object?[])[member.Name]));
        foreach (var table in Enum.GetValues<RowKind>().Select(kind => FleetTable.Of(kind).Name).Append("fleet_total").Append("fleet_sync"))
        {
            await using var command = Command(
                connection, transaction, $"DELETE FROM {table} WHERE member NOT IN (SELECT member FROM ({database.RowsOf([("member", SqlType.Text)])}) r)", ("@rows", kept));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    private static string Text(IEnumerable<object?[]> rows)
    {
        using var stream = new MemoryStream();
        using (var writer = new Utf8JsonWriter(stream))
        {
            writer.WriteStartArray();
            foreach (var row in rows)
                Write(writer, row);
            writer.WriteEndArray();
        }

        return Encoding.UTF8.GetString(stream.GetBuffer(), 0, (int)stream.Length);
    }

    private static void Write(Utf8JsonWriter writer, object?[] row)
    {
        writer.WriteStartArray();
        foreach (var value in row)
        {
            switch (value)
            {
                case null:
                    writer.WriteNullValue();
                    break;
                case string text:
                    // The one character that a PostgreSQL takes in no text.
                    writer.WriteStringValue(text.Replace("\0", "", StringComparison.Ordinal));
                    break;
                case long number:
                    writer.WriteNumberValue(number);
                    break;
                case int number:
                    writer.WriteNumberValue(number);
                    break;
                case double number:
                    writer.WriteNumberValue(number);
                    break;
                default:
                    throw new NotSupportedException($"A {value.GetType().Name} has no column.");
            }
        }

        writer.WriteEndArray();
    }

    internal static DbCommand Command(DbConnection connection, DbTransaction? transaction, string text, params ReadOnlySpan<(string Name, object Value)> values)
    {
        var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is made of literals of ours; what somebody said stands in parameters.
        command.CommandText = text;
#pragma warning restore CA2100
        command.Transaction = transaction;
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            if (value is DBNull)
                parameter.DbType = System.Data.DbType.Int64;
            command.Parameters.Add(parameter);
        }

        return command;
    }

    /// <summary>The statements of one batch.</summary>
    private sealed class Run(DbConnection connection, DbTransaction transaction, FleetBatch batch, CancellationToken cancellationToken)
    {
        public async Task<int> DoAsync(string text, params (string Name, object Value)[] values)
        {
            await using var command = Command(connection, transaction, text, [("@member", batch.Member.Name), ("@claim", batch.Claim), .. values]);
            return await command.ExecuteNonQueryAsync(cancellationToken);
        }
    }
}
