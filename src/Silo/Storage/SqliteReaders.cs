using System.Data.Common;
using Microsoft.Data.Sqlite;

namespace ControlPlane.Silo.Storage;

/// <summary>Connections to a SQLite file that only read: each sees the file as of its own beginning, and waits for no writer.</summary>
internal sealed class SqliteReaders(string file) : DbDataSource
{
    /// <inheritdoc/>
    public override string ConnectionString { get; } =
        new SqliteConnectionStringBuilder { DataSource = file, Mode = SqliteOpenMode.ReadOnly, Pooling = true, DefaultTimeout = 15 }.ToString();

    /// <inheritdoc/>
    protected override DbConnection CreateDbConnection() => new SqliteConnection(ConnectionString);

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            using var pooled = new SqliteConnection(ConnectionString);
            SqliteConnection.ClearPool(pooled);
        }

        base.Dispose(disposing);
    }
}
