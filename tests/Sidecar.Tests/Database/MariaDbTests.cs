using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent;
using ControlPlane.Sidecar.Agent.Database;
using ControlPlane.Sidecar.Tests.Road;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Database;

/// <summary>The real server and the real tool.</summary>
public sealed class MariaDbTests
{
    internal const string Checksums = "CHECKSUM TABLE shop.orders, shop.ledger, shop.old EXTENDED";

    [Theory]
    [InlineData(Codec.Zstd, false)]
    [InlineData(Codec.None, false)]
    [InlineData(Codec.Zstd, true)]
    [InlineData(Codec.None, true)]
    [InlineData(Codec.Lz4, false)]
    [InlineData(Codec.Lz4, true)]
    public async Task Backup_OfARealServer_ComesBackByHandAsItWas(Codec codec, bool seals)
    {
        await using var source = await MariaDbInstance.StartAsync();
        await FillAsync(source);
        await using var road = await TestRoad.StartAsync(new MySqlServer(Settings(source)), source.Data, source.Port);
        var volume = Directory.CreateTempSubdirectory("backups-");
        try
        {
            road.Store = ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = volume.FullName });
            road.WriteKey();
            var request = (seals ? road.SealedRequest() : road.Request()) with
            {
                Compression = new CompressionRequest { Codec = codec },
                Source = road.Source() with { ToolArguments = ["--parallel=2"] },
            };

            var (_, report) = await road.RunAsync(request);

            Assert.True(report.Fault is null, report.Message);
            Assert.Equal(seals ? "key-1" : null, report.Summary!.EncryptionKeyId);
            await LooksRightAsync(source, report.Summary);
            var restored = Path.Combine(volume.FullName, "restored");
            await Recipe.RestoreAsync(Path.Combine(volume.FullName, ObjectLayout.Root(road.Backup)), restored, road.Folder("keys"));
            await using var copy = await MariaDbInstance.StartOnAsync(restored);
            Assert.Equal(await source.AskAsync(Checksums), await copy.AskAsync(Checksums));
        }
        finally
        {
            volume.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task AskAsync_OfARealServer_KnowsItsRole()
    {
        await using var primary = await MariaDbInstance.StartAsync(11);
        await using var replica = await MariaDbInstance.StartAsync(12);
        await primary.AskAsync("CREATE USER replicator@'127.0.0.1' IDENTIFIED BY 'r'; GRANT REPLICATION SLAVE ON *.* TO replicator@'127.0.0.1'");
        await replica.AskAsync($"RESET MASTER; SET GLOBAL gtid_slave_pos = '{await primary.AskAsync("SELECT @@gtid_binlog_pos")}'");
        await replica.AskAsync($"CHANGE MASTER TO MASTER_HOST='127.0.0.1', MASTER_PORT={primary.Port}, MASTER_USER='replicator', MASTER_PASSWORD='r', MASTER_USE_GTID=slave_pos; START SLAVE");
        var server = new MySqlServer(Settings(replica));

        Assert.Equal(InstanceRole.Primary, (await new MySqlServer(Settings(primary)).AskAsync(CancellationToken.None)).Replication.Role);
        var state = await UntilAsync(server, seen => seen.Role == InstanceRole.Replica);
        Assert.NotNull(state.LagSeconds);

        await replica.AskAsync("STOP SLAVE SQL_THREAD");
        Assert.Equal(InstanceRole.BrokenReplica, (await server.AskAsync(CancellationToken.None)).Replication.Role);
        await server.StartReplicationAsync(CancellationToken.None);
        await UntilAsync(server, seen => seen.AppliesNow);
    }

    [Fact]
    public async Task AskAsync_WithAWrongPassword_SaysWhoseAndNotWhich()
    {
        await using var instance = await MariaDbInstance.StartAsync();
        await File.WriteAllTextAsync(Path.Combine(instance.Credentials, AgentFiles.Password), "wrong-canary");

        var trouble = await Assert.ThrowsAsync<ServerException>(() => new MySqlServer(Settings(instance)).AskAsync(CancellationToken.None));

        Assert.True(trouble.AccountRefused);
        Assert.Contains("credentialsSecret", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("wrong-canary", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backup_WhoseAccountLacksAPrivilege_SaysSo()
    {
        await using var source = await MariaDbInstance.StartAsync();
        await source.AskAsync("REVOKE RELOAD ON *.* FROM backup@'127.0.0.1'");
        await using var road = await TestRoad.StartAsync(new MySqlServer(Settings(source)), source.Data, source.Port);

        var (_, report) = await road.RunAsync(road.Request());

        Assert.Equal(JobFault.ToolFailed, report.Fault);
        Assert.Contains("RELOAD", report.Message, StringComparison.OrdinalIgnoreCase);
        Assert.Empty(await road.KeysAsync());
    }

    private static async Task LooksRightAsync(MariaDbInstance source, BackupSummary summary)
    {
        Assert.Equal(BackupEngine.MariaDbBackup, summary.Engine);
        Assert.Equal(await source.AskAsync("SELECT @@gtid_binlog_pos"), summary.Positions.GtidExecuted);
        Assert.Equal(await source.AskAsync("SELECT @@server_uid"), summary.Positions.ServerUuid);
        Assert.Equal(await source.AskAsync("SELECT VERSION()"), summary.Positions.ServerVersion);
        Assert.Equal($"{summary.Positions.BinlogFile}\t{summary.Positions.BinlogPosition}", await source.AskAsync("SHOW MASTER STATUS"));
        Assert.True(summary.Positions.LsnTo > 0 && summary.Positions.LsnLast >= summary.Positions.LsnTo);
    }

    internal static Task FillAsync(MariaDbInstance source) => source.AskAsync("""
        CREATE DATABASE shop; USE shop;
        CREATE TABLE orders (id INT PRIMARY KEY, note VARCHAR(200), digest CHAR(32), KEY (digest)) ENGINE=InnoDB;
        CREATE TABLE ledger (id INT PRIMARY KEY, amount DECIMAL(12,2)) ENGINE=InnoDB ROW_FORMAT=COMPRESSED;
        CREATE TABLE old (id INT PRIMARY KEY, word VARCHAR(50)) ENGINE=Aria;
        INSERT INTO orders SELECT seq, SHA2(seq, 512), MD5(seq) FROM seq_1_to_60000;
        INSERT INTO ledger SELECT seq, seq / 7 FROM seq_1_to_5000;
        INSERT INTO old SELECT seq, HEX(seq) FROM seq_1_to_1000;
        UPDATE orders SET note = REVERSE(note) WHERE id % 10 = 3;
        DELETE FROM orders WHERE id % 100 = 17
        """);

    internal static AgentSettings Settings(MariaDbInstance instance) => new()
    {
        Namespace = "shop",
        Cluster = "orders",
        DataPath = instance.Data,
        Credentials = instance.Credentials,
        Port = instance.Port,
    };

    private static async Task<ReplicationState> UntilAsync(MySqlServer server, Predicate<ReplicationState> wanted)
    {
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (true)
        {
            var state = (await server.AskAsync(limit.Token)).Replication;
            if (wanted(state))
                return state;
            await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System, limit.Token);
        }
    }
}
