using System.Data.Common;
using System.Reflection;
using ControlPlane.Silo.Fleet;

namespace ControlPlane.Silo.Storage;

/// <summary>
/// Where silos keep state and reminders, and, where they share it, one another. Its schema has a number: the silo makes it and brings it up
/// to date itself, in one transaction, and of several silos that start at once one does.
/// </summary>
/// <param name="dialect">The scripts' name: <c>sqlite</c> or <c>postgresql</c>.</param>
/// <param name="place">What it is called in messages; no secret.</param>
internal abstract class Database(string dialect, string place) : IDisposable
{
    /// <summary>The schema that this code works with. A step more is a script more, and stays readable for the release before.</summary>
    public const int Schema = 2;

    /// <summary>The oldest schema whose code can work on this one.</summary>
    private const int Least = 1;

    /// <summary>The providers' name of the client.</summary>
    public abstract string Invariant { get; }

    /// <summary>Its connections.</summary>
    public abstract DbDataSource Source { get; }

    /// <summary>Connections that only read, beside those that write.</summary>
    public abstract DbDataSource Readers { get; }

    /// <summary>Whether other silos work on it as well.</summary>
    public abstract bool IsShared { get; }

    /// <summary>The database that the options name.</summary>
    public static Database Open(SiloOptions options) =>
        ConnectionText.Read(options) is { } text ? PostgresDatabase.Open(text) : SqliteDatabase.Open(options.DataFolder ?? SiloOptions.DefaultDataFolder);

    /// <summary>Makes and upgrades the tables, and replaces the queries.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var connection = await Source.OpenConnectionAsync(cancellationToken);
            await PrepareAsync(connection, cancellationToken);
        }
        catch (DbException trouble)
        {
            throw new SetupException($"{place} cannot be used: {trouble.Message}{(trouble.InnerException is { } inner ? $" ({inner.Message})" : "")}", trouble);
        }
    }

    /// <summary>Throws when it does not answer.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await Source.OpenConnectionAsync(cancellationToken);
        await RunAsync(connection, "SELECT count(*) FROM OrleansQuery", cancellationToken);
    }

    /// <summary>A query for the rows of the parameter <c>@rows</c>, a JSON list of lists, whose values stand in the order of the columns.</summary>
    public abstract string RowsOf(IReadOnlyList<(string Name, SqlType Type)> columns);

    /// <summary>What it says the time is; null where there is nobody to agree with.</summary>
    public abstract Task<DateTimeOffset?> AskTimeAsync(CancellationToken cancellationToken);

    /// <inheritdoc/>
    public abstract void Dispose();

    /// <summary>Once, before the schema is looked at; outside of the transaction.</summary>
    protected virtual Task SettleAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Within the transaction: waits until no other silo looks after the schema.</summary>
    protected virtual Task LockAsync(DbConnection connection, CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>Runs a statement, and gives the first value of its answer.</summary>
    protected static async Task<object?> RunAsync(DbConnection connection, string text, CancellationToken cancellationToken)
    {
        await using var command = connection.CreateCommand();
#pragma warning disable CA2100 // Every text is a literal or a script of ours.
        command.CommandText = text;
#pragma warning restore CA2100
        return await command.ExecuteScalarAsync(cancellationToken);
    }

    private async Task PrepareAsync(DbConnection connection, CancellationToken cancellationToken)
    {
        await SettleAsync(connection, cancellationToken);
        await using var transaction = await connection.BeginTransactionAsync(cancellationToken);
        await LockAsync(connection, cancellationToken);
        await RunAsync(connection, "CREATE TABLE IF NOT EXISTS schema_version (version INTEGER NOT NULL, least INTEGER NOT NULL)", cancellationToken);
        var (found, least) = (await NumberAsync("version"), await NumberAsync("least"));
        if (least > Schema)
            throw new SetupException(
                $"{place} has schema {found} of a newer release, which works with {least} and later; this one knows {Schema}. Start the newer release, or bring back a copy of the database from before its upgrade.");

        // What a newer release left serves this one too: its queries are not replaced by older ones.
        if (found <= Schema)
        {
            for (var step = found + 1; step <= Schema; step++)
                await RunAsync(connection, Script($"{dialect}.{step}.sql"), cancellationToken);
            await RunAsync(connection, Script($"{dialect}.queries.sql"), cancellationToken);
            await RunAsync(connection, $"DELETE FROM schema_version; INSERT INTO schema_version VALUES ({Schema}, {Least})", cancellationToken);
        }

        await transaction.CommitAsync(cancellationToken);

        async Task<int> NumberAsync(string column) =>
            Convert.ToInt32(await RunAsync(connection, $"SELECT COALESCE(max({column}), 0) FROM schema_version", cancellationToken), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static string Script(string name)
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream(name)!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }
}
