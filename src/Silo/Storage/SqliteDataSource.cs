using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace ControlPlane.Silo.Storage;

/// <summary>
/// One SQLite file, one connection at a time. Writers that meet inside of SQLite sleep in a blocking loop on the grain's thread; at this
/// gate they wait without one. A commit is on the disk before the call returns: WAL with <c>synchronous = FULL</c>.
/// A batch of the read model touches thousands of pages of its indexes: 32 MiB keep them until it is committed, and the log is merged after 16 MiB instead of 4.
/// </summary>
internal sealed class SqliteDataSource(string file) : DbDataSource
{
    private readonly SemaphoreSlim gate = new(1, 1);

    /// <inheritdoc/>
    public override string ConnectionString { get; } =
        new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadWriteCreate, Pooling = true, DefaultTimeout = 15 }.ToString();

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
                command.CommandText = "PRAGMA synchronous = FULL; PRAGMA cache_size = -32768; PRAGMA wal_autocheckpoint = 4096";
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
