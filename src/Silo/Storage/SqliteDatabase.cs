using System.Data.Common;
using ControlPlane.Silo.Fleet;

namespace ControlPlane.Silo.Storage;

/// <summary>One SQLite file in a folder of the silo's own.</summary>
internal sealed class SqliteDatabase : Database
{
    /// <summary>The file within the data folder.</summary>
    public const string FileName = "controlplane.db";

    private readonly DataFolder folder;
    private readonly SqliteDataSource source;
    private readonly SqliteReaders readers;

    private SqliteDatabase(DataFolder folder, string file)
        : base("sqlite", $"The file '{file}'") => (this.folder, source, readers) = (folder, new(file), new(file));

    /// <inheritdoc/>
    /// <remarks>The providers' name of Microsoft.Data.Sqlite.</remarks>
    public override string Invariant => "System.Data.SQLite";

    /// <inheritdoc/>
    public override DbDataSource Source => source;

    /// <inheritdoc/>
    /// <remarks>Not by the gate: in WAL mode who reads and who writes keep one another waiting in nothing.</remarks>
    public override DbDataSource Readers => readers;

    /// <inheritdoc/>
    public override bool IsShared => false;

    /// <inheritdoc/>
    public override string RowsOf(IReadOnlyList<(string Name, SqlType Type)> columns) =>
        $"SELECT {string.Join(", ", columns.Select((column, index) => $"value ->> {index} AS {column.Name}"))} FROM json_each(@rows)";

    /// <summary>Claims the folder, for as long as the database is open.</summary>
    public static SqliteDatabase Open(string path)
    {
        var folder = DataFolder.Claim(path);
        return new(folder, Path.Combine(folder.Path, FileName));
    }

    /// <inheritdoc/>
    public override Task<DateTimeOffset?> AskTimeAsync(CancellationToken cancellationToken) => Task.FromResult<DateTimeOffset?>(null);

    /// <inheritdoc/>
    public override void Dispose()
    {
        readers.Dispose();
        source.Dispose();
        folder.Dispose();
    }

    /// <inheritdoc/>
    protected override Task SettleAsync(DbConnection connection, CancellationToken cancellationToken) => RunAsync(connection, "PRAGMA journal_mode = WAL", cancellationToken);
}
