using ControlPlane.Silo.Storage;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Storage;

public sealed class PostgresDatabaseTests(PostgresServer server) : DatabaseSuite
{
    private readonly Lazy<Task<string>> connectionString = new(server.NewDatabaseAsync);

    internal override bool IsShared => true;

    [Theory]
    [InlineData("Password", "wrong-7c1a", "password authentication failed")]
    [InlineData("Port", "1", "Failed to connect")]
    [InlineData("Database", "nowhere", "database \"nowhere\" does not exist")]
    public async Task Prepare_WhatCannotBeReached_SaysWhyAndNoPassword(string name, string value, string expected)
    {
        var settings = new Npgsql.NpgsqlConnectionStringBuilder(await server.NewDatabaseAsync()) { [name] = value };
        using var database = PostgresDatabase.Open(settings.ConnectionString);

        var refused = await Assert.ThrowsAsync<SetupException>(() => database.PrepareAsync(CancellationToken.None));

        Assert.Contains(expected, refused.Message, StringComparison.Ordinal);
        Assert.StartsWith($"The database '{settings.Database}' of the PostgreSQL at 127.0.0.1:{settings.Port} cannot be used:", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain(settings.Password!, refused.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(PostgresServer.Password, refused.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("postgresql://plane:canary-1@db/plane")]
    [InlineData("Host=db;Database=plane;Pasword=canary-1")]
    [InlineData("Host=db;Database=plane;Port=canary-1")]
    [InlineData("Host=db;Database=plane;Maximum Pool Size=canary-1")]
    [InlineData("Database=plane;Password=canary-1")]
    [InlineData("Host=db;Password=canary-1")]
    public void Open_AnUnreadableText_ShowsNothingOfIt(string text)
    {
        var refused = Assert.Throws<SetupException>(() => PostgresDatabase.Open(text));

        Assert.Contains("Silo:ConnectionString cannot be read", refused.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", refused.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Settings_WhatTheTextDoesNotSay_SuitsSilos()
    {
        var settings = PostgresDatabase.Settings("Host=db;Database=plane;Password=p;Persist Security Info=true");

        Assert.Equal((20, 60, 20), (settings.MaxPoolSize, settings.Timeout, settings.CommandTimeout));
        Assert.Equal((true, false), (settings.TcpKeepAlive, settings.PersistSecurityInfo));
    }

    [Fact]
    public void Settings_WhatTheTextSays_Stands()
    {
        var settings = PostgresDatabase.Settings("Host=db;Database=plane;MaxPoolSize=100;Timeout=15;Command Timeout=30;Application Name=mine");

        Assert.Equal((100, 15, 30, "mine"), (settings.MaxPoolSize, settings.Timeout, settings.CommandTimeout, settings.ApplicationName));
    }

    [Fact]
    public async Task Open_MoreThanThePool_WaitsForItsTurn()
    {
        using var database = PostgresDatabase.Open(await server.NewDatabaseAsync() + ";Maximum Pool Size=2");
        var (first, second) = (await database.Source.OpenConnectionAsync(), await database.Source.OpenConnectionAsync());
        var third = database.Source.OpenConnectionAsync();
        Assert.False(third.IsCompleted);

        await first.DisposeAsync();
        await (await third).DisposeAsync();
        await second.DisposeAsync();
    }

    [Fact]
    public async Task AskTime_OfThisMachine_IsItsTime()
    {
        using var database = await OpenAsync();

        var told = await database.AskTimeAsync(CancellationToken.None);
        Assert.InRange(TimeProvider.System.GetUtcNow() - told!.Value, TimeSpan.FromSeconds(-1), TimeSpan.FromSeconds(10));
    }

    internal override async Task<Database> OpenAsync() => PostgresDatabase.Open(await connectionString.Value);
}
