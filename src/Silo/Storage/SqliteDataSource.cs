using System.Data.Common;
using System.Reflection;
using Microsoft.Data.Sqlite;

namespace ControlPlane.Silo.Storage;

/// <summary>
/// One SQLite file, one connection at a time. Writers that meet inside of SQLite sleep in a blocking loop on the grain's thread; at this
/// gate they wait without one. A commit is on the disk before the call returns: WAL with <c>synchronous = FULL</c>.
/// </summary>
internal sealed class SqliteDataSource(string file) : DbDataSource
{
    /// <summary>The file within the data folder.</summary>
    public const string FileName = "controlplane.db";

    private readonly SemaphoreSlim gate = new(1, 1);

    /// <inheritdoc/>
    public override string ConnectionString { get; } =
        new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = true, DefaultTimeout = 15 }.ToString();

    /// <summary>Makes the tables that are missing, and replaces the queries.</summary>
    public async Task PrepareAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = $"PRAGMA journal_mode = WAL; BEGIN IMMEDIATE; {Script()} COMMIT;";
        await command.ExecuteNonQueryAsync(cancellationToken);
    }

    /// <summary>Throws when the file cannot be read.</summary>
    public async Task ProbeAsync(CancellationToken cancellationToken)
    {
        await using var connection = await OpenConnectionAsync(cancellationToken);
        await using var command = connection.CreateCommand();
        command.CommandText = "SELECT count(*) FROM OrleansQuery";
        await command.ExecuteScalarAsync(cancellationToken);
    }

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => new GatedConnection(ConnectionString, gate);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            using (var pooled = new SqliteConnection(ConnectionString))
                SqliteConnection.ClearPool(pooled);
            gate.Dispose();
        }

        base.Dispose(disposing);
    }

    private static string Script()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("sqlite.sql")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd();
    }

    private sealed class GatedConnection(string connectionString, SemaphoreSlim gate) : SqliteConnection(connectionString)
    {
        private bool admitted;

        public override async Task OpenAsync(CancellationToken cancellationToken)
        {
            await gate.WaitAsync(cancellationToken);
            OpenAdmitted();
        }

        public override void Open()
        {
            gate.Wait();
            OpenAdmitted();
        }

        public override void Close()
        {
            base.Close();
            Leave();
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            Leave();
        }

        private void OpenAdmitted()
        {
            admitted = true;
            try
            {
                base.Open();
                using var command = CreateCommand();
                command.CommandText = "PRAGMA synchronous = FULL";
                command.ExecuteNonQuery();
            }
            catch
            {
                Close();
                throw;
            }
        }

        private void Leave()
        {
            if (!admitted)
                return;
            admitted = false;
            gate.Release();
        }
    }
}
