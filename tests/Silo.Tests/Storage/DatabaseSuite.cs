using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo.Tests.Storage;

/// <summary>What silos need of a database, whichever it is.</summary>
public abstract class DatabaseSuite
{
    [Fact]
    public async Task Prepare_Twice_KeepsTheRows()
    {
        using var database = await PreparedAsync();
        await AddReminderAsync(database, "g", 7);
        await database.PrepareAsync(CancellationToken.None);

        Assert.Equal(1L, await CountAsync(database, "reminder"));
    }

    [Fact]
    public async Task Prepare_AfterAnotherRelease_BringsBackTheQueriesOfThisOne()
    {
        using var database = await PreparedAsync();
        var queries = await CountAsync(database, "OrleansQuery");
        await RunAsync(database, "DELETE FROM OrleansQuery WHERE QueryKey = 'ReadFromStorageKey'");
        await database.PrepareAsync(CancellationToken.None);

        Assert.Equal(queries, await CountAsync(database, "OrleansQuery"));
    }

    [Fact]
    public async Task Prepare_ByManyAtOnce_MakesTheSchemaOnce()
    {
        var databases = await Task.WhenAll(Enumerable.Range(0, IsShared ? 6 : 1).Select(_ => OpenAsync()));
        await Task.WhenAll(databases.Select(database => database.PrepareAsync(CancellationToken.None)));

        Assert.Equal(1L, await CountAsync(databases[0], "schema_version"));
        foreach (var database in databases)
            database.Dispose();
    }

    [Fact]
    public async Task Prepare_ANewerSchema_IsRefusedAndLeftAlone()
    {
        using var database = await PreparedAsync();
        await RunAsync(database, $"UPDATE schema_version SET version = {Database.Schema + 2}, least = {Database.Schema + 1}");
        await RunAsync(database, "DELETE FROM OrleansQuery");

        var refused = await Assert.ThrowsAsync<SetupException>(() => database.PrepareAsync(CancellationToken.None));
        Assert.Contains($"has schema {Database.Schema + 2} of a newer release", refused.Message, StringComparison.Ordinal);
        Assert.Equal(0L, await CountAsync(database, "OrleansQuery"));
    }

    [Fact]
    public async Task Prepare_ANewerSchemaThatServesThisOneToo_IsLeftAsItIs()
    {
        using var database = await PreparedAsync();
        await RunAsync(database, $"UPDATE schema_version SET version = {Database.Schema + 1}");
        await RunAsync(database, "UPDATE OrleansQuery SET QueryText = 'newer' WHERE QueryKey = 'ReadFromStorageKey'");
        await database.PrepareAsync(CancellationToken.None);

        Assert.Equal("newer", await RunAsync(database, "SELECT QueryText FROM OrleansQuery WHERE QueryKey = 'ReadFromStorageKey'"));
        Assert.Equal(Database.Schema + 1, Convert.ToInt32(await RunAsync(database, "SELECT version FROM schema_version"), System.Globalization.CultureInfo.InvariantCulture));
    }

    [Fact]
    public async Task Open_ManyWriters_AllGetThrough()
    {
        using var database = await PreparedAsync();
        await RunAsync(database, "CREATE TABLE tally (n INTEGER)");
        await Parallel.ForEachAsync(Enumerable.Range(0, 200), new ParallelOptions { MaxDegreeOfParallelism = 32 }, async (number, _) => await RunAsync(database, $"INSERT INTO tally VALUES ({number})"));

        Assert.Equal(200L, await RunAsync(database, "SELECT count(DISTINCT n) FROM tally"));
    }

    [Fact]
    public async Task Write_WithAStaleVersion_AnswersNoRow()
    {
        using var database = await PreparedAsync();

        Assert.Equal(1, await WriteAsync(database, null));
        Assert.Equal(2, await WriteAsync(database, 1));
        Assert.Null(await WriteAsync(database, 1));
        Assert.Null(await WriteAsync(database, null));
    }

    [Fact]
    public async Task Write_TwiceAtOnce_TakesOne()
    {
        using var database = await PreparedAsync();

        var first = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WriteAsync(database, null)));
        var second = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => WriteAsync(database, 1)));

        Assert.Equal([1], first.OfType<int>());
        Assert.Equal([2], second.OfType<int>());
    }

    [Fact]
    public async Task Delete_WithAStaleVersion_LeavesTheRow()
    {
        using var database = await PreparedAsync();
        await WriteAsync(database, null);
        await WriteAsync(database, 1);

        Assert.Null(await QueryAsync(database, "DeleteStorageKey", Row(1)));
        Assert.Equal(1L, await CountAsync(database, "grain_state"));
        Assert.NotNull(await QueryAsync(database, "DeleteStorageKey", Row(2)));
        Assert.Equal(0L, await CountAsync(database, "grain_state"));
    }

    [Theory]
    [InlineData("ReadRangeRows1Key", -10, 10, new[] { 0, 10 })]
    [InlineData("ReadRangeRows2Key", 10, -10, new[] { -10, 20 })]
    public async Task Read_RemindersOfARange_TakesItsEndAndNotItsBegin(string query, int begin, int end, int[] expected)
    {
        using var database = await PreparedAsync();
        foreach (var hash in new[] { -10, 0, 10, 20 })
            await AddReminderAsync(database, $"g{hash}", hash);

        var found = new List<int>();
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var command = await CommandAsync(database, connection, query, ("@ServiceId", "s"), ("@BeginHash", begin), ("@EndHash", end));
        await using (var reader = await command.ExecuteReaderAsync())
        {
            while (await reader.ReadAsync())
                found.Add(int.Parse(reader.GetString(reader.GetOrdinal("GrainId"))[1..], System.Globalization.CultureInfo.InvariantCulture));
        }

        Assert.Equal(expected, found.Order());
    }

    [Fact]
    public async Task Delete_AReminderThatWasRegisteredAnew_LeavesIt()
    {
        using var database = await PreparedAsync();
        var first = await AddReminderAsync(database, "g", 7);
        var second = await AddReminderAsync(database, "g", 7);
        Assert.NotEqual(first, second);

        await QueryAsync(database, "DeleteReminderRowKey", ("@ServiceId", "s"), ("@GrainId", "g"), ("@ReminderName", "n"), ("@Version", first!));
        Assert.Equal(1L, await CountAsync(database, "reminder"));
        await QueryAsync(database, "DeleteReminderRowKey", ("@ServiceId", "s"), ("@GrainId", "g"), ("@ReminderName", "n"), ("@Version", second!));
        Assert.Equal(0L, await CountAsync(database, "reminder"));
    }

    [Fact]
    public async Task Probe_WhenItAnswers_DoesNotThrow()
    {
        using var database = await PreparedAsync();
        await database.ProbeAsync(CancellationToken.None);
    }

    internal abstract bool IsShared { get; }

    /// <summary>The same database each time.</summary>
    internal abstract Task<Database> OpenAsync();

    internal async Task<Database> PreparedAsync()
    {
        var database = await OpenAsync();
        await database.PrepareAsync(CancellationToken.None);
        return database;
    }

    internal static async Task<long> CountAsync(Database database, string table) => (long)(await RunAsync(database, $"SELECT count(*) FROM {table}"))!;

#pragma warning disable CA2100 // Every text here is a literal of these tests or of the scripts.
    internal static async Task<object?> RunAsync(Database database, string text, params (string Name, object Value)[] values)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = text;
        Fill(command, values);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<System.Data.Common.DbCommand> CommandAsync(Database database, System.Data.Common.DbConnection connection, string query, params (string Name, object Value)[] values)
    {
        // At SQLite's gate a second connection would wait for the first.
        var text = connection.CreateCommand();
        text.CommandText = $"SELECT QueryText FROM OrleansQuery WHERE QueryKey = '{query}'";
        var command = connection.CreateCommand();
        command.CommandText = (string)(await text.ExecuteScalarAsync())!;
        await text.DisposeAsync();
        Fill(command, values);
        return command;
    }

    private static void Fill(System.Data.Common.DbCommand command, (string Name, object Value)[] values)
    {
        foreach (var (name, value) in values)
        {
            var parameter = command.CreateParameter();
            (parameter.ParameterName, parameter.Value) = (name, value);
            if (value is DBNull)
                parameter.DbType = System.Data.DbType.Int32;
            command.Parameters.Add(parameter);
        }
    }
#pragma warning restore CA2100

    private static async Task<object?> QueryAsync(Database database, string query, params (string Name, object Value)[] values)
    {
        await using var connection = await database.Source.OpenConnectionAsync();
        await using var command = await CommandAsync(database, connection, query, values);
        return await command.ExecuteScalarAsync();
    }

    private static async Task<int?> WriteAsync(Database database, int? version) =>
        await QueryAsync(database, "WriteToStorageKey", [.. Row(version), ("@PayloadBinary", new byte[] { 1 })]) is { } written ? Convert.ToInt32(written, System.Globalization.CultureInfo.InvariantCulture) : null;

    private static (string, object)[] Row(int? version) =>
    [
        ("@ServiceId", "s"), ("@GrainTypeString", "backup"), ("@GrainIdN0", 0L), ("@GrainIdN1", 0L), ("@GrainIdExtensionString", "local/shop/backup1"),
        ("@GrainStateVersion", version is { } number ? number : DBNull.Value),
    ];

    private static Task<object?> AddReminderAsync(Database database, string grain, int hash) => QueryAsync(
        database, "UpsertReminderRowKey",
        ("@ServiceId", "s"), ("@GrainId", grain), ("@ReminderName", "n"), ("@StartTime", new DateTime(2026, 11, 22, 2, 30, 0, DateTimeKind.Utc)), ("@Period", 60_000L), ("@GrainHash", hash));
}
