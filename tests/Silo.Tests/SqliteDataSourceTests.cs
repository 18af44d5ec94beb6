using ControlPlane.Silo.Storage;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests;

public sealed class SqliteDataSourceTests : IDisposable
{
    private readonly TemporaryFolder folder = new();

    [Fact]
    public async Task Prepare_Twice_KeepsTheRows()
    {
        await using var database = await PreparedAsync();
        await RunAsync(database, "INSERT INTO reminder VALUES ('s', 'g', 'n', '2026-11-22', 60, 7, 1)");
        await database.PrepareAsync(CancellationToken.None);

        Assert.Equal(1L, await RunAsync(database, "SELECT count(*) FROM reminder"));
    }

    [Fact]
    public async Task Open_Connections_AreDurableAndOneAtATime()
    {
        await using var database = await PreparedAsync();
        Assert.Equal("wal", await RunAsync(database, "PRAGMA journal_mode"));
        Assert.Equal(2L, await RunAsync(database, "PRAGMA synchronous"));

        var first = await database.OpenConnectionAsync();
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await database.OpenConnectionAsync(soon.Token));
        await first.DisposeAsync();
        await using var second = await database.OpenConnectionAsync();
    }

    [Fact]
    public async Task Open_ManyWriters_AllGetThrough()
    {
        await using var database = await PreparedAsync();
        await RunAsync(database, "CREATE TABLE tally (n INTEGER)");
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (number, _) => await RunAsync(database, $"INSERT INTO tally VALUES ({number})"));

        Assert.Equal(200L, await RunAsync(database, "SELECT count(DISTINCT n) FROM tally"));
    }

    [Fact]
    public async Task Write_WithAStaleVersion_AnswersNoRow()
    {
        await using var database = await PreparedAsync();
        var write = (string)(await RunAsync(database, "SELECT QueryText FROM OrleansQuery WHERE QueryKey = 'WriteToStorageKey'"))!;

        Assert.Equal(1L, await WriteAsync(database, write, null));
        Assert.Equal(2L, await WriteAsync(database, write, 1));
        Assert.Null(await WriteAsync(database, write, 1));
        Assert.Null(await WriteAsync(database, write, null));
    }

    public void Dispose() => folder.Dispose();

    private async Task<SqliteDataSource> PreparedAsync()
    {
        var database = new SqliteDataSource(Path.Combine(folder.Path, SqliteDataSource.FileName));
        await database.PrepareAsync(CancellationToken.None);
        return database;
    }

#pragma warning disable CA2100 // Every text here is a literal of this test or of the script.
    private static async Task<object?> RunAsync(SqliteDataSource database, string text)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        return await command.ExecuteScalarAsync();
    }

    private static async Task<object?> WriteAsync(SqliteDataSource database, string text, int? version)
    {
        await using var connection = await database.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        foreach (var (name, value) in new (string, object?)[]
        {
            ("@ServiceId", "s"), ("@GrainTypeString", "backup"), ("@GrainIdN0", 0), ("@GrainIdN1", 0), ("@GrainIdExtensionString", "local/shop/backup1"),
            ("@PayloadBinary", new byte[] { 1 }), ("@GrainStateVersion", version),
        })
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value ?? DBNull.Value);
            command.Parameters.Add(parameter);
        }

        return await command.ExecuteScalarAsync();
    }
#pragma warning restore CA2100
}
