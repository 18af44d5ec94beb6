using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Database;
using ControlPlane.Sidecar.Tests.Database;
using ControlPlane.Sidecar.Tests.Reading;
using ControlPlane.Sidecar.Tests.Road;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Restoring;

/// <summary>A real server that was backed up, sealed and compressed, and then written to: made once for all that restore it.</summary>
public sealed class RealBackup : IAsyncLifetime
{
    internal const string RestoreUid = "9b1d-7";

    internal MariaDbInstance Source { get; private set; } = null!;

    internal TestRoad Road { get; private set; } = null!;

    internal BackupSummary Backup { get; private set; } = null!;

    /// <summary>The checksums of the tables, and the position, as they were when the backup was taken.</summary>
    internal string BackedUp { get; private set; } = "";

    /// <summary>The same as they are now.</summary>
    internal string Now { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        Source = await MariaDbInstance.StartAsync();
        await MariaDbTests.FillAsync(Source);
        Road = await TestRoad.StartAsync(new MySqlServer(MariaDbTests.Settings(Source)), Source.Data, Source.Port);
        Road.WriteKey();
        BackedUp = await LookAsync();
        var (_, report) = await Road.RunAsync(Road.SealedRequest() with { Source = Road.Source() with { ToolArguments = ["--parallel=2"] } });
        Assert.True(report.Fault is null, report.Message);
        Backup = report.Summary!;
        await Source.AskAsync("USE shop; DELETE FROM orders WHERE id % 3 = 0; INSERT INTO ledger SELECT seq, seq FROM seq_9001_to_9500; CREATE TABLE later (id INT PRIMARY KEY)");
        Now = await LookAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await Road.DisposeAsync();
        await Source.DisposeAsync();
    }

    /// <summary>What the server holds, by one text.</summary>
    internal Task<string> LookAsync() => Source.AskAsync($"{MariaDbTests.Checksums}; SELECT @@gtid_binlog_pos; SHOW TABLES FROM shop");

    /// <summary>A copy of the store, to be spoiled.</summary>
    internal async Task<MemoryObjectStore> CopyAsync()
    {
        var copy = new MemoryObjectStore();
        await foreach (var found in Road.Memory.ListAsync("", CancellationToken.None))
            await copy.PutAsync(found.Key, await OurBackups.ReadAsync(Road.Memory, found.Key), PutCondition.None, CancellationToken.None);
        return copy;
    }

    internal JobRequest Request(JobOperation operation, PreviousData previous = PreviousData.Keep, string? serverVersion = null) => Road.SealedRequest(operation) with
    {
        Version = JobRequest.RestoreVersion,
        Backup = new BackupIdentity { Namespace = "shop", Cluster = "orders", Name = "r1", Uid = RestoreUid },
        Restore = new RestoreRequest
        {
            Source = new RestoreSource { Backup = Road.Backup },
            Volume = new VolumeRequest { Name = "datadir-orders-mysql-0", Previous = previous },
            Target = new RestoreTarget { Engine = BackupEngine.MariaDbBackup, ServerVersion = serverVersion },
        },
    };
}

/// <summary>Made once for all that restore it; they take turns.</summary>
[CollectionDefinition(nameof(RealBackup))]
public sealed class RealBackupCollection : ICollectionFixture<RealBackup>;
