using System.Collections.Concurrent;
using System.Data.Common;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo.Fleet;

/// <summary>The read model's rows in the silo's own database.</summary>
internal sealed class FleetView(Database database) : IFleetView
{
    private readonly Dictionary<RowKind, FleetStatements> statements = Enum.GetValues<RowKind>().ToDictionary(kind => kind, kind => new FleetStatements(database, kind));
    private readonly ConcurrentDictionary<(MemberKey, RowKind), (long Claim, FleetMarks Marks)> listing = new();

    /// <inheritdoc/>
    public async Task<long> ClaimAsync(MemberKey member, RowKind kind, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var command = Command(connection, null, FleetStatements.Claim, ("@member", member.Name), ("@kind", kind.ToString()));
        var claim = Convert.ToInt64(await command.ExecuteScalarAsync(cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
        listing[(member, kind)] = (claim, new());
        return claim;
    }

    /// <inheritdoc/>
    public async Task<bool> WriteAsync(FleetBatch batch, CancellationToken cancellationToken)
    {
        var marks = MarksOf(batch);
        marks?.Add(batch.Rows);
        var stale = batch is { Synced: not null, Replaces: true } && marks is not null ? await UnnamedAsync(batch, marks, cancellationToken) : [];
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var (run, texts) = (new Run(connection, transaction, batch, cancellationToken), statements[batch.Kind]);
        if (await run.DoAsync(FleetStatements.Hold, ("@kind", batch.Kind.ToString()), ("@time", batch.Time.ToUnixTimeMilliseconds()), ("@synced", (object?)batch.Synced?.ToUnixTimeMilliseconds() ?? DBNull.Value)) == 0)
        {
            Forget(batch);
            return false;
        }

        await run.PairAsync(texts.CountGoneOff, texts.DeleteGone, [.. batch.Gone.Select(one => (object?[])[one.Namespace, one.Name, one.Uid])]);
        await WriteRowsAsync(run, texts, batch);
        foreach (var part in stale.Chunk(FleetBatch.Most))
            await run.PairAsync(texts.CountRowsOff, texts.DeleteRows, part);
        if (batch.Synced is not null)
            await run.DoAsync(FleetStatements.Tidy, ("@kind", batch.Kind.ToString()));
        await transaction.CommitAsync(cancellationToken);
        if (batch.Replaces)
            Forget(batch);
        return true;
    }

    /// <inheritdoc/>
    public async Task RetainAsync(IReadOnlyCollection<MemberKey> members, CancellationToken cancellationToken)
    {
        await using var connection = await database.Source.OpenConnectionAsync(cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        var kept = SqlRows.Text(members.Select(member => (object?[])[member.Name]));
        foreach (var table in Enum.GetValues<RowKind>().Select(kind => FleetTable.Of(kind).Name).Distinct().Append("fleet_total").Append("fleet_sync"))
        {
            await using var command = Command(
                connection, transaction, $"DELETE FROM {table} WHERE member NOT IN (SELECT member FROM ({database.RowsOf([("member", SqlType.Text)])}) r)", ("@rows", kept));
            await command.ExecuteNonQueryAsync(cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);
    }

    // What is there as it is given is not written: a list that nothing changed in costs reading alone.
    private static async Task WriteRowsAsync(Run run, FleetStatements texts, FleetBatch batch)
    {
        if (batch.Rows.Count == 0)
            return;
        var values = FleetTable.Of(batch.Kind).Values;
        var rows = batch.Rows.Select((row, index) => (object?[])[.. values(row), index]).ToArray();
        var changed = await run.NumbersAsync(texts.Changed, SqlRows.Text(rows));
        if (changed.Count == 0)
            return;
        var text = SqlRows.Text(changed.Select(index => rows[index]));
        await run.DoAsync(texts.CountRowsOff, ("@rows", text));
        await run.DoAsync(texts.Upsert, ("@rows", text));
        await run.DoAsync(texts.CountRowsOn, ("@rows", text));
    }

    // Read beside the gate of those who write. Nobody else writes this kind: what is not named by now is gone, and with the claim lost nothing is done about it.
    private async Task<List<object?[]>> UnnamedAsync(FleetBatch batch, FleetMarks marks, CancellationToken cancellationToken)
    {
        await using var connection = await database.Readers.OpenConnectionAsync(cancellationToken);
        var (unnamed, last, read) = (new List<object?[]>(), (Namespace: "", Name: ""), FleetStatements.MostNames);
        while (read == FleetStatements.MostNames)
        {
            await using var command = Command(connection, null, statements[batch.Kind].Names, ("@member", batch.Member.Name), ("@namespace", last.Namespace), ("@name", last.Name));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            for (read = 0; await reader.ReadAsync(cancellationToken); read++)
            {
                last = (reader.GetString(0), reader.GetString(1));
                if (!marks.Has(last.Namespace, last.Name))
                    unnamed.Add([last.Namespace, last.Name]);
            }
        }

        return unnamed;
    }

    private FleetMarks? MarksOf(FleetBatch batch) => listing.TryGetValue((batch.Member, batch.Kind), out var own) && own.Claim == batch.Claim ? own.Marks : null;

    private void Forget(FleetBatch batch)
    {
        if (listing.TryGetValue((batch.Member, batch.Kind), out var own) && own.Claim == batch.Claim)
            listing.TryRemove(KeyValuePair.Create((batch.Member, batch.Kind), own));
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

        /// <summary>Rows that go: out of the totals, and out of their table.</summary>
        public async Task PairAsync(string count, string delete, IReadOnlyList<object?[]> keys)
        {
            if (keys.Count == 0)
                return;
            var text = SqlRows.Text(keys);
            await DoAsync(count, ("@rows", text));
            await DoAsync(delete, ("@rows", text));
        }

        public async Task<List<int>> NumbersAsync(string query, string rows)
        {
            await using var command = Command(connection, transaction, query, ("@member", batch.Member.Name), ("@rows", rows));
            await using var reader = await command.ExecuteReaderAsync(cancellationToken);
            var numbers = new List<int>();
            while (await reader.ReadAsync(cancellationToken))
                numbers.Add(reader.GetInt32(0));
            return numbers;
        }
    }
}
