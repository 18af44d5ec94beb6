using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;
using CsCheck;

namespace ControlPlane.Grains.Tests.Clusters;

public sealed class ImportMachineTests
{
    private static readonly ClusterState Fresh = ClusterMachine.Apply(new(), Samples.ClusterSpec() with
    {
        Storages = new Dictionary<string, StorageSpec> { ["s3-main"] = Samples.Storage(), ["another"] = Samples.Storage() },
    });

    private static readonly ClusterState AtWork = Tick(Ask(Fresh, "now 1"));

    private static ClusterImport Import(ClusterState state) => state.Import!;

    [Fact]
    public void Ask_ForAReport_MakesNothing()
    {
        var asked = Ask(Fresh, "report 1");

        Assert.Null(asked.Import);
        Assert.All(asked.Sweeps, sweep => Assert.True(sweep is { Wished: true, WishedReport: true }));
        Assert.Same(asked, Ask(asked, "report 1"));

        // A misspelt word is no order.
        Assert.Null(Ask(Fresh, "yes").Import);
    }

    [Fact]
    public void Ask_ForAReportWhereASweepIsWished_LeavesThatWish()
    {
        var wished = SweepMachine.Ask(Samples.Cluster, Fresh, new() { Uid = "c1", Word = "now" }, Samples.Start);

        Assert.All(Ask(wished, "report").Sweeps, sweep => Assert.False(sweep.WishedReport));
    }

    [Fact]
    public void Ask_WithAWordThatIsDone_DoesNotBeginAnew()
    {
        Assert.Null(ImportMachine.Ask(Samples.Cluster, Fresh, new() { Uid = "c1", Word = "now 1", Done = "now 1" }, Samples.Start).Import);
        Assert.NotNull(ImportMachine.Ask(Samples.Cluster, Fresh, new() { Uid = "c1", Word = "now 2", Done = "now 1" }, Samples.Start).Import);
        Assert.Same(Fresh, ImportMachine.Ask(Samples.Cluster, Fresh, new() { Uid = "c0", Word = "now 2" }, Samples.Start));
        Assert.Same(AtWork, Ask(AtWork, "now 1"));
    }

    [Fact]
    public void Tick_OfAWish_LooksThroughOneStorageAfterTheOther()
    {
        var order = ImportMachine.Order(Samples.Cluster, AtWork, Import(AtWork), new() { Expected = ["e-u"] })!;
        Assert.Equal((JobOperation.SweepCluster, true, true), (order.Request.Operation, order.Request.Sweep!.OnlyReports, order.Request.Sweep.Stock!.Pages));
        Assert.Equal("another", ImportMachine.Inquiry(AtWork, Import(AtWork))!.Storage);

        var second = Tick(Report(AtWork, new()));
        Assert.Equal("s3-main", ImportMachine.Inquiry(second, Import(second))!.Storage);
        Assert.NotEqual(Import(AtWork).Job, Import(second).Job);

        var ended = Tick(Report(second, new()));
        Assert.Equal((Samples.Start, null), (Import(ended).Completed, Import(ended).Job));
        Assert.Same(ended, Tick(ended));
        Assert.Equal((Reasons.Imported, false), Assert.Single(ImportMachine.Events(Samples.Cluster, second, ended, Samples.Start)) is var told ? (told.Reason, told.Warning) : default);
        Assert.Empty(ImportMachine.Events(Samples.Cluster, ended, ended, Samples.Start));
    }

    [Fact]
    public void Observe_APage_MakesItsResourcesAndWaitsForAllOfThemBeforeTheNext()
    {
        var page = Report(AtWork, new() { Offered = 2, Offers = [Stored(1), Stored(2) with { Schedule = "nightly", Due = Samples.Start }], Next = Stored(2).Folder });
        Assert.Same(page, Tick(page));
        Assert.Equal([("b1", null), ("b2", "nightly")], ImportMachine.Orders(Samples.Cluster, page).Select(order => (order.Folder.Name, order.Schedule)));

        var made = ImportMachine.Made(ImportMachine.Made(page, FolderOf(1), "b1", Samples.Start), FolderOf(2), "b2-9e8d7c60", Samples.Start);
        Assert.Same(made, Tick(made));
        Assert.Equal((2, 0, 0, "2 backups without a resource were found, 0 of them imported, 0 not; 2 are at it."), Shown(made) is var shown ? (shown.Found, shown.Imported, shown.Refused, shown.Message) : default);

        var one = ImportMachine.Record(made, End("b1", 1));
        Assert.Same(one, ImportMachine.Record(one, End("b1", 1)));
        Assert.Same(one, Tick(one));
        var both = ImportMachine.Record(one, End("b2-9e8d7c60", 2) with { Phase = BackupPhase.Failed, Reason = "WrongKey", Message = "No key." });

        Assert.Equal((2, 1, 1, Reasons.ImportFailed), Shown(both) is var after ? (after.Found, after.Imported, after.Refused, after.Reason) : default);
        Assert.Equal(new ImportRefusal("b2-9e8d7c60", Stored(2).Folder, "WrongKey", "No key."), Assert.Single(Shown(both).Refusals));
        var next = Tick(both);
        Assert.Equal(("another", Stored(2).Folder), ImportMachine.Inquiry(next, Import(next)) is var inquiry ? (inquiry!.Storage, inquiry.After) : default);
    }

    [Fact]
    public void Orders_OfAManifestThatLies_LeaveOutWhatIsNoName()
    {
        var page = Report(AtWork, new() { Offers = [Stored(1) with { Schedule = "../x\nfoo: bar" }, new() { Folder = "../../etc" }] });

        var order = Assert.Single(ImportMachine.Orders(Samples.Cluster, page));
        Assert.Equal(("b1", null), (order.Folder.Name, order.Schedule));
    }

    [Fact]
    public void Made_WithoutAName_HasNobodyWaitForIt()
    {
        var page = Report(AtWork, new() { Offers = [Stored(1)] });

        Assert.Equal((0, 0), ImportMachine.Made(page, FolderOf(1), null, Samples.Start) is var made ? (Import(made).Open.Count, Import(made).Found) : default);
    }

    [Fact]
    public void Record_ANamesakeThatWasTaken_IsNoImport()
    {
        var made = ImportMachine.Made(Report(AtWork, new() { Offers = [Stored(1)] }), FolderOf(1), "b1", Samples.Start);

        Assert.Equal((0, 1), Shown(ImportMachine.Record(made, End("b1", 1) with { Facts = new() { StorageName = "another" } })) is var shown ? (shown.Imported, shown.Refused) : default);
    }

    [Fact]
    public void Lose_AResourceThatSomebodyDeleted_GoesOnOnceThatIsSure()
    {
        var made = ImportMachine.Made(Report(AtWork, new() { Offers = [Stored(1)] }), FolderOf(1), "b1", Samples.Start);
        var open = Assert.Single(Import(made).Open);

        Assert.Same(made, ImportMachine.Lose(made, open, Samples.Start.AddMinutes(9)));
        Assert.Equal(1, Import(ImportMachine.Lose(made, open, Samples.Start.AddMinutes(11))).Refused);
    }

    [Fact]
    public void Observe_AFaultThatNobodyWaitsOut_GivesTheStorageUp()
    {
        var state = Tick(Fail(AtWork, JobFault.StorageDenied, Samples.Start));

        Assert.Equal("s3-main", Looked(state));
        Assert.Equal((Reasons.ImportFailed, "Storage 'another' could not be looked through (StorageDenied): It was so."), (Shown(state).Reason, Shown(state).Message));
    }

    [Fact]
    public void Observe_AFaultThatMayPass_LooksThroughTheOthersFirst()
    {
        var other = Tick(Fail(AtWork, JobFault.StorageUnavailable, Samples.Start));
        Assert.Equal("s3-main", Looked(other));

        var (state, now, pauses) = (Report(other, new() { Offers = [] }), Samples.Start, new List<double>());
        for (state = Tick(state); Import(state).Completed is null; state = ImportMachine.Tick(Samples.Cluster, state, now))
        {
            Assert.Equal("another", Looked(state));
            state = Fail(state, JobFault.StorageUnavailable, now);
            pauses.Add(((Import(state).RetryAt ?? now) - now).TotalMinutes);
            Assert.Equal(Import(state).Completed is null && pauses[^1] > 0, ReferenceEquals(state, ImportMachine.Tick(Samples.Cluster, state, now)));
            now += TimeSpan.FromMinutes(pauses[^1]);
        }

        Assert.Equal([2, 4, 8, 0], pauses);
        Assert.Equal("Storage 'another' could not be looked through (StorageUnavailable): It was so.", Shown(state).Message);
    }

    [Fact]
    public void Observe_FaultsOfAllStorages_PausesOnceEachWasTried()
    {
        var first = Fail(AtWork, JobFault.StorageUnavailable, Samples.Start);
        var both = Fail(Tick(first), JobFault.StorageUnavailable, Samples.Start);

        Assert.Null(Import(first).RetryAt);
        Assert.Equal(Samples.Start.AddMinutes(1), Import(both).RetryAt);
        Assert.Equal(["another", "s3-main"], Import(both).Storages);
    }

    [Fact]
    public void Made_AfterAStorageWasGivenUp_StillSaysSo()
    {
        var state = Report(Tick(Fail(AtWork, JobFault.StorageDenied, Samples.Start)), new() { Offers = [Stored(1)] });

        Assert.Contains("'another' could not be looked through", Shown(ImportMachine.Made(state, FolderOf(1), "b1", Samples.Start)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Observe_OfAnOldRunner_SaysThatItsImageIsTooOld()
    {
        var report = new JobReport { Uid = "c1", Attempt = Import(AtWork).Number, Sweep = new() };

        Assert.Contains("image is older", Shown(ImportMachine.Observe(AtWork, Seen(AtWork, report), Samples.Start, looked: false)).Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(JobState.Missing, false, 1, false)]
    [InlineData(JobState.Missing, false, 5, true)]
    [InlineData(JobState.Failed, false, 5, false)]
    [InlineData(JobState.Failed, true, 5, true)]
    [InlineData(JobState.Active, true, 5, false)]
    public void Observe_AJobWithoutAReport_IsLostOnceThatIsSure(JobState state, bool looked, int minutes, bool lost) =>
        Assert.Equal(lost, Import(ImportMachine.Observe(AtWork, new() { Uid = "", Job = Import(AtWork).Job!, State = state }, Samples.Start.AddMinutes(minutes), looked)).Job is null);

    /// <summary>However pages, faults, lost news and deleted resources follow one another: it ends, and every backup is accounted for.</summary>
    [Fact]
    public void Tick_OfAnyHistory_EndsWithEveryBackupAccountedFor() =>
        Gen.Select(Gen.Int[0, 40], Gen.Int[1, 7], Gen.Int[0, 9].Array[400]).Sample((backups, perPage, luck) =>
        {
            var (state, now, turn) = (Ask(Fresh with { Spec = Samples.ClusterSpec() }, "now 1"), Samples.Start, 0);
            var left = Enumerable.Range(1, backups).ToList();
            int Luck() => luck[turn++ % luck.Length];
            for (var step = 0; step < 2_000 && Import(state).Completed is null; step++)
            {
                now = now.AddMinutes(Luck() + 1);
                state = ImportMachine.Tick(Samples.Cluster, state, now);
                foreach (var order in ImportMachine.Orders(Samples.Cluster, state).ToList())
                {
                    if (Luck() > 2)
                        state = ImportMachine.Made(state, order.Folder, order.Folder.Name, now);
                }

                foreach (var open in Import(state).Open)
                    state = Luck() switch { < 4 => ImportMachine.Record(state, End(open.Name, int.Parse(open.Name[1..], CultureInfo.InvariantCulture))), 4 => ImportMachine.Lose(state, open, now), _ => state };
                if (Import(state).Job is null)
                    continue;
                var some = left.Where(number => StockRequest.Order(Stored(number).Folder, Import(state).After) > 0).OrderBy(number => Stored(number).Folder, Comparer<string>.Create(StockRequest.Order)).ToList();
                var page = some.Take(perPage).ToList();
                state = Luck() switch
                {
                    < 4 => Report(state, new() { Offers = [.. page.Select(Stored)], Next = page.Count < some.Count ? Stored(page[^1]).Folder : null }, now),
                    4 when Import(state).FailuresByStorage.Values.Sum() < 3 => ImportMachine.Observe(state, Seen(state, null) with { State = JobState.Missing }, now.AddMinutes(5), looked: true),
                    _ => state,
                };
            }

            Assert.NotNull(Import(state).Completed);
            Assert.Equal((backups, backups), (Shown(state).Found, Shown(state).Imported + Shown(state).Refused));
        }, iter: 200);

    private static ClusterState Ask(ClusterState state, string word) => ImportMachine.Ask(Samples.Cluster, state, new() { Uid = "c1", Word = word }, Samples.Start);

    private static string Looked(ClusterState state) => ImportMachine.Inquiry(state, Import(state))!.Storage;

    private static ClusterState Fail(ClusterState state, JobFault fault, DateTimeOffset now) => ImportMachine.Observe(
        state, Seen(state, new() { Uid = "c1", Attempt = Import(state).Number, Fault = fault, Message = "It was so." }), now, looked: false);

    private static ClusterState Tick(ClusterState state) => ImportMachine.Tick(Samples.Cluster, state, Samples.Start);

    private static ImportStatus Shown(ClusterState state) => ClusterStatusBuilder.Build(state)!.Import!;

    private static BackupFolder FolderOf(int number) => new(string.Create(CultureInfo.InvariantCulture, $"b{number}"), string.Create(CultureInfo.InvariantCulture, $"9e8d7c60-0000-4000-8000-{number:d12}"));

    private static StoredBackup Stored(int number) => new() { Folder = FolderOf(number).ToString() };

    private static BackupEnd End(string name, int number) => new()
    {
        Backup = new(Samples.Member, "shop", name),
        Uid = name,
        Phase = BackupPhase.Succeeded,
        Completed = Samples.Start,
        Facts = new() { StorageName = "another", ImportedFrom = FolderOf(number) },
    };

    private static JobSighting Seen(ClusterState state, JobReport? report) => new() { Uid = "c1", Job = Import(state).Job!, State = JobState.Complete, Report = report };

    private static ClusterState Report(ClusterState state, StockSummary stock, DateTimeOffset? now = null) => ImportMachine.Observe(
        state, Seen(state, new() { Uid = "c1", Attempt = Import(state).Number, Sweep = new() { Stock = stock } }), now ?? Samples.Start, looked: false);
}
