using ControlPlane.Silo.Storage;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Storage;

public sealed class SqliteDatabaseTests : DatabaseSuite, IDisposable
{
    private readonly TemporaryFolder folder = new();

    internal override bool IsShared => false;

    [Fact]
    public async Task Open_Connections_AreDurableAndOneAtATime()
    {
        using var database = await PreparedAsync();
        Assert.Equal("wal", await RunAsync(database, "PRAGMA journal_mode"));
        Assert.Equal(2L, await RunAsync(database, "PRAGMA synchronous"));

        var first = await database.Source.OpenConnectionAsync();
        using var soon = new CancellationTokenSource(TimeSpan.FromMilliseconds(200));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await database.Source.OpenConnectionAsync(soon.Token));
        await first.DisposeAsync();
        await using var second = await database.Source.OpenConnectionAsync();
    }

    [Fact]
    public async Task Prepare_AFileOfBeforeSchemasHadNumbers_KeepsTheRows()
    {
        using var database = await PreparedAsync();
        await RunAsync(database, "INSERT INTO reminder VALUES ('s', 'g', 'n', '2026-11-22', 60, 7, 1); DROP TABLE schema_version");
        await database.PrepareAsync(CancellationToken.None);

        Assert.Equal(1L, await CountAsync(database, "reminder"));
        Assert.Equal((long)Database.Schema, await RunAsync(database, "SELECT version FROM schema_version"));
    }

    [Fact]
    public async Task AskTime_OfAFile_IsNobodysWord()
    {
        using var database = await PreparedAsync();
        Assert.Null(await database.AskTimeAsync(CancellationToken.None));
    }

    public void Dispose() => folder.Dispose();

    internal override Task<Database> OpenAsync() => Task.FromResult<Database>(SqliteDatabase.Open(folder.Path));
}
