using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sweeping;
using ControlPlane.Sidecar.Tests.Runner;
using ControlPlane.Sidecar.Tests.Sweeping;
using ControlPlane.Storage;
using ControlPlane.Testing;
using CsCheck;
using Microsoft.Extensions.Time.Testing;
using static ControlPlane.Sidecar.Tests.Sweeping.PlantedCluster;

namespace ControlPlane.Sidecar.Tests.Pruning;

public sealed class PruneWorkTests
{
    private static readonly DateTimeOffset Until = new(2027, 1, 2, 3, 4, 5, TimeSpan.Zero);

    private readonly MemoryObjectStore memory = new();
    private readonly PlantedCluster planted;

    public PruneWorkTests() => planted = new(memory, new FakeTimeProvider());

    [Fact]
    public async Task Run_OfSomeBackups_RemovesThemAndLeavesTheirNeighbours()
    {
        await PlantAsync(1, 2, 3, 10);
        await planted.BeginUploadAsync(ObjectLayout.Root(Backup(1)) + new SegmentPlace(2, 0).Key);
        await planted.PutSegmentsAsync(Backup(1, "other"), new SegmentPlace(1, 0));

        var report = await PruneAsync(memory, 1, 3);

        Assert.Equal((null, 6L, "Removed 2 of 2 backups, 6 objects."), (report.Fault, report.ObjectsRemoved, report.Message));
        Assert.Empty(report.Prune!.Failures);
        Assert.Equal([.. Keys(10), .. Keys(2), ObjectLayout.Root(Backup(1, "other")) + "data/01/00000000"], (await planted.KeysAsync()).OrderBy(key => key.Contains("other", StringComparison.Ordinal)));
        Assert.Equal(0, await memory.AbandonUploadsAsync("", CancellationToken.None));
    }

    [Fact]
    public async Task Run_OfALockedPrunedSaysWhichAndRemovesTheOthers()
    {
        await PlantAsync(1, 2, 3, 4);
        var store = new StandInLocks(memory, key => key.Contains("/b2-", StringComparison.Ordinal) ? Until.AddDays(1) : key.Contains("/b3-", StringComparison.Ordinal) ? Until : null);

        var report = await PruneAsync(store, 1, 2, 3, 4);

        Assert.Equal(JobFault.ObjectLocked, report.Fault);
        var failure = Assert.Single(report.Prune!.Failures);
        Assert.Equal((JobFault.ObjectLocked, Until), (failure.Fault, failure.LockedUntil));
        Assert.Equal([1, 2], failure.Backups);
        Assert.Equal([.. Keys(2), .. Keys(3)], await planted.KeysAsync());
        Assert.Contains("Removed 2 of 4 backups", report.Message, StringComparison.Ordinal);
        Assert.Contains("b2: ", report.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(ObjectStoreFault.Transient, JobFault.StorageUnavailable, 1)]
    [InlineData(ObjectStoreFault.NoBucket, JobFault.StorageMissing, 1)]
    [InlineData(ObjectStoreFault.Denied, JobFault.StorageDenied, 3)]
    public async Task Run_OfAStoreThatFails_AsksAgainOnlyWhereAnotherBackupMayFareBetter(ObjectStoreFault trouble, JobFault fault, int asked)
    {
        await PlantAsync(1, 2, 3);
        var lists = 0;
        var store = new StandInFaultyStore(memory) { OnList = _ => ++lists > 0 ? trouble : null };

        var report = await PruneAsync(store, 1, 2, 3);

        Assert.Equal((fault, asked), (report.Fault, lists));
        Assert.Equal([0, 1, 2], Assert.Single(report.Prune!.Failures).Backups);
        Assert.Equal(9, (await planted.KeysAsync()).Count);
    }

    [Fact]
    public async Task Run_CutAnywhereAndRepeated_LeavesNothingAndNeverHalfABackupThatLooksWhole()
    {
        // As many deletions as there are: with each of them the process dies once.
        for (var survives = 0; survives < 6; survives++)
        {
            await PlantAsync(1, 2, 3);
            var done = 0;
            var dying = new StandInFaultyStore(memory) { OnDelete = _ => done++ >= survives ? throw new OperationCanceledException() : null };

            await Assert.ThrowsAsync<OperationCanceledException>(() => PruneAsync(dying, 1, 2, 3));
            var left = await planted.KeysAsync();
            Assert.All([1, 2, 3], number => Assert.True(!left.Contains(Keys(number)[^1]) || left.Intersect(Keys(number)).Count() == 3));

            Assert.Empty((await PruneAsync(memory, 1, 2, 3)).Prune!.Failures);
            Assert.Empty(await planted.KeysAsync());
        }
    }

    [Fact]
    public void Bytes_OfTheLongestReport_FitTheTerminationMessage()
    {
        var faults = Enum.GetValues<JobFault>();
        Gen.Int[0, faults.Length - 1].Array[PruneRequest.MaximumBackups].Sample(of =>
        {
            var failures = of.Index().GroupBy(one => faults[one.Item], one => one.Index)
                .Select(alike => new PruneFailure { Fault = alike.Key, Backups = [.. alike], LockedUntil = Until }).ToList();
            var report = new JobReport { Uid = UidOf(1), Attempt = int.MaxValue, Fault = JobFault.ObjectLocked, Message = new('x', 9000), ObjectsRemoved = long.MaxValue, Prune = new() { Failures = failures } };
            var read = System.Text.Json.JsonSerializer.Deserialize(ReportWriter.Bytes(report), ProtocolJson.Default.JobReport)!;
            Assert.InRange(ReportWriter.Bytes(report).Length, 1, JobReport.MaxBytes);
            Assert.Equal(PruneRequest.MaximumBackups, read.Prune!.Failures.Sum(failure => failure.Backups.Count));
        });
    }

    private static Task<JobReport> PruneAsync(IObjectStore store, params int[] backups)
    {
        var request = Request(TimeSpan.FromDays(8), onlyReports: false, DateTimeOffset.UnixEpoch) with
        {
            Version = JobRequest.PruneVersion,
            Operation = JobOperation.Prune,
            Sweep = null,
            Prune = new() { Backups = [.. backups.Select(Pruned)] },
        };
        Assert.Empty(RequestFaults.Of(request));
        return new PruneWork(request, store).RunAsync(CancellationToken.None);
    }

    private static PrunedBackup Pruned(int number) => new() { Name = Backup(number).Name, Uid = Backup(number).Uid };

    private static string[] Keys(int number) => [.. new[] { "data/01/00000000", "data/01/00000001", ObjectLayout.Manifest }.Select(key => ObjectLayout.Root(Backup(number)) + key)];

    private async Task PlantAsync(params int[] backups)
    {
        foreach (var number in backups)
        {
            await planted.PutSegmentsAsync(Backup(number), new(1, 0), new(1, 1));
            await planted.PutManifestAsync(Backup(number), new(1, 0), new(1, 1));
        }
    }

    /// <summary>A store that keeps some of its objects, as an object lock does.</summary>
    private sealed class StandInLocks(IObjectStore inner, Func<string, DateTimeOffset?> lockOf) : IObjectStore
    {
        public string Location => inner.Location;

        public Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken) =>
            keys.Select(lockOf).Min() is { } until
                ? throw new ObjectStoreException(ObjectStoreFault.Locked, "A lock keeps it.") { LockedUntil = until }
                : inner.DeleteAsync(keys, cancellationToken);

        public Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken) => inner.PutAsync(key, content, condition, cancellationToken);

        public Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken) => inner.BeginUploadAsync(key, cancellationToken);

        public Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken) => inner.LookAsync(key, cancellationToken);

        public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken) => inner.OpenAsync(key, offset, cancellationToken);

        public IAsyncEnumerable<StoredObject> ListAsync(string prefix, CancellationToken cancellationToken) => inner.ListAsync(prefix, cancellationToken);

        public Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken) => inner.AbandonUploadsAsync(prefix, which, cancellationToken);
    }
}
