using ControlPlane.Protocol;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Road;

public sealed class RemovalTests
{
    [Fact]
    public async Task Delete_OfABackup_LeavesItsNeighboursAlone()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await road.RunAsync(road.Request());
        var mine = await road.KeysAsync();
        await road.Memory.PutAsync("shop/orders/b1-4f2c-10/manifest.json", new byte[1], PutCondition.None, CancellationToken.None);
        await road.Memory.BeginUploadAsync(ObjectLayout.Root(road.Backup) + "data/09/00000000", CancellationToken.None);

        var (exitCode, report) = await road.RunAsync(road.Request(JobOperation.Delete));

        Assert.Equal((0, (long?)mine.Count), (exitCode, report.ObjectsRemoved));
        Assert.Equal(["shop/orders/b1-4f2c-10/manifest.json"], await road.KeysAsync());
        Assert.Equal(0, await road.Memory.AbandonUploadsAsync("", _ => true, CancellationToken.None));
    }

    [Fact]
    public async Task Delete_OfNothing_IsDone()
    {
        await using var road = await TestRoad.StartAsync();

        Assert.Equal(0, (await road.RunAsync(road.Request(JobOperation.Delete))).Report.ObjectsRemoved);
    }

    [Fact]
    public async Task Delete_OfManyObjects_RemovesThemAllAndTheManifestFirst()
    {
        await using var road = await TestRoad.StartAsync();
        var root = ObjectLayout.Root(road.Backup);
        for (var index = 0; index < 2500; index++)
            await road.Memory.PutAsync(root + ObjectLayout.Segment(1, index), new byte[1], PutCondition.None, CancellationToken.None);
        await road.Memory.PutAsync(root + ObjectLayout.Manifest, new byte[1], PutCondition.None, CancellationToken.None);
        var lists = 0;
        road.Store = new StandInFaultyStore(road.Memory) { OnList = _ => ++lists == 2 ? ObjectStoreFault.Transient : null };

        var (_, broken) = await road.RunAsync(road.Request(JobOperation.Delete));
        Assert.Equal(JobFault.StorageUnavailable, broken.Fault);
        Assert.DoesNotContain(root + ObjectLayout.Manifest, await road.KeysAsync());

        Assert.Equal(2500, (await road.RunAsync(road.Request(JobOperation.Delete))).Report.ObjectsRemoved);
        Assert.Empty(await road.KeysAsync());
    }

    [Theory]
    [InlineData(ObjectStoreFault.NoBucket, JobFault.StorageMissing)]
    [InlineData(ObjectStoreFault.Denied, JobFault.StorageDenied)]
    public async Task Delete_FromAStoreThatRefuses_SaysWhy(ObjectStoreFault fault, JobFault expected)
    {
        await using var road = await TestRoad.StartAsync();
        road.Store = new StandInFaultyStore(road.Memory) { OnList = _ => fault };

        Assert.Equal(expected, (await road.RunAsync(road.Request(JobOperation.Delete))).Report.Fault);
    }

    [Fact]
    public async Task Delete_OfALockedBackup_ReportsTheLockAndItsEnd()
    {
        await using var road = await TestRoad.StartAsync();
        var manifest = ObjectLayout.Root(road.Backup) + ObjectLayout.Manifest;
        var until = new DateTimeOffset(2027, 1, 2, 3, 4, 5, TimeSpan.Zero);
        await road.Memory.PutAsync(manifest, new byte[1], PutCondition.None, CancellationToken.None);
        road.Store = new StandInFaultyStore(road.Memory)
        {
            Locked = new ObjectStoreException(ObjectStoreFault.Locked, $"Cannot delete {manifest}: a lock keeps it.") { LockedUntil = until },
        };

        var report = (await road.RunAsync(road.Request(JobOperation.Delete))).Report;

        Assert.Equal((JobFault.ObjectLocked, until), (report.Fault, report.LockedUntil));
        Assert.Contains(manifest, report.Message, StringComparison.Ordinal);
        Assert.Equal([manifest], await road.KeysAsync());
    }

    [Fact]
    public async Task Sweep_OfACommittedBackup_TouchesNothing()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        await road.RunAsync(road.Request());
        var before = await road.KeysAsync();

        Assert.Equal(0, (await road.RunAsync(road.Request(JobOperation.Sweep, attempt: 2))).Report.ObjectsRemoved);
        Assert.Equal(before, await road.KeysAsync());
    }

    [Fact]
    public async Task Sweep_OfRemains_RemovesThem()
    {
        await using var road = await TestRoad.StartAsync();
        await road.Memory.PutAsync(ObjectLayout.Root(road.Backup) + ObjectLayout.Segment(1, 0), new byte[1], PutCondition.None, CancellationToken.None);

        Assert.Equal(1, (await road.RunAsync(road.Request(JobOperation.Sweep, attempt: 2))).Report.ObjectsRemoved);
        Assert.Empty(await road.KeysAsync());
    }
}
