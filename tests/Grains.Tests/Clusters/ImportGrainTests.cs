using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Clusters;

/// <summary>An import of everything in a real silo: from the owner's word to backups that are good again, and to one that is missed later.</summary>
public sealed class ImportGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly BackupFolder First = new("first", "9e8d7c60-0000-4000-8000-000000000001");
    private static readonly BackupFolder Second = new("second", "9e8d7c60-0000-4000-8000-000000000002");

    [Fact]
    public async Task AskForImport_OfAnEmptyPlane_BringsTheCatalogueBackOneAfterAnother()
    {
        var key = new ClusterKey(Samples.Member, "import", "orders");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec());
        await silo.Cluster(key).AskForImportAsync(new() { Uid = "c1", Word = "now 1" });
        await silo.UntilAsync(() => Pages(key).Count == 1);
        var page = Pages(key)[0];
        Assert.Empty(page.Request.Sweep!.Stock!.Expected);

        // Whoever comes after a crash asks for the same Job and the same resources.
        await silo.DeactivateAsync(silo.Cluster(key));
        await silo.Cluster(key).ObserveSweepAsync(Found(page, new() { Offered = 2, Offers = [new() { Folder = First.ToString(), Schedule = "nightly" }, new() { Folder = Second.ToString() }] }));
        await silo.UntilAsync(() => silo.Edge.Imports.Count(order => order.Cluster == key) >= 2);
        await silo.DeactivateAsync(silo.Cluster(key));
        await AppearAsync(key, First);
        await AppearAsync(key, Second);

        await silo.UntilAsync(() => silo.Edge.JobOf(KeyOf(key, First), JobOperation.Import) is not null || silo.Edge.JobOf(KeyOf(key, Second), JobOperation.Import) is not null);
        var (one, other) = silo.Edge.JobOf(KeyOf(key, First), JobOperation.Import) is not null ? (First, Second) : (Second, First);
        await silo.UntilAsync(() => silo.Edge.Last(KeyOf(key, other))?.Reason == Reasons.ImportRunning);
        Assert.Null(silo.Edge.JobOf(KeyOf(key, other), JobOperation.Import));

        await CheckedAsync(key, one);
        await silo.UntilAsync(() => silo.Edge.JobOf(KeyOf(key, other), JobOperation.Import) is not null);
        await CheckedAsync(key, other, JobFault.WrongKey);

        await silo.UntilAsync(() => silo.Edge.Last(key)?.Import is { Completed: not null });
        var shown = silo.Edge.Last(key)!;
        Assert.Equal((2, 1, 1, Reasons.ImportFailed), (shown.Import!.Found, shown.Import.Imported, shown.Import.Refused, shown.Import.Reason));
        Assert.Equal((other.ToString(), nameof(JobFault.WrongKey)), Assert.Single(shown.Import.Refusals) is var refusal ? (refusal.Folder, refusal.Reason) : default);
        Assert.Equal((one.Name, Samples.Start.AddDays(-30).AddHours(1)), (shown.LastSuccessfulBackup!.Name, shown.LastSuccessfulBackup.Time));
        Assert.Contains(silo.Edge.Events, happened => happened.Namespace == key.Namespace && happened is { Reason: Reasons.ImportFailed, Warning: true });

        await MissedAsync(key, one);
    }

    [Fact]
    public async Task Admit_OfAFolderThatAnotherBackupHas_IsRefused()
    {
        var key = new ClusterKey(Samples.Member, "twice", "orders");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec());
        await AppearAsync(key, First);
        await silo.UntilAsync(() => silo.Edge.JobOf(KeyOf(key, First), JobOperation.Import) is not null);
        await CheckedAsync(key, First);
        await silo.UntilPhaseAsync(KeyOf(key, First), BackupPhase.Succeeded);

        var again = new BackupKey(key.Member, key.Namespace, "again");
        await silo.Backup(again).ApplyAsync(Resource(key, First) with { Uid = "again" });

        await silo.UntilPhaseAsync(again, BackupPhase.Failed);
        Assert.Equal(Reasons.AlreadyDescribed, silo.Edge.Last(again)!.Reason);
        Assert.Contains("is that of backup 'first' already", silo.Edge.Last(again)!.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Delete_OfABackupWhoseClusterIsGone_RemovesItsFolderAllTheSame()
    {
        var key = new ClusterKey(Samples.Member, "orphan", "orders");
        await silo.Cluster(key).ApplyAsync(Samples.ClusterSpec());
        await AppearAsync(key, First);
        await silo.UntilAsync(() => silo.Edge.JobOf(KeyOf(key, First), JobOperation.Import) is not null);
        await CheckedAsync(key, First);
        await silo.UntilPhaseAsync(KeyOf(key, First), BackupPhase.Succeeded);

        await silo.Cluster(key).ForgetAsync("c1");
        Assert.Equal(BackupPhase.Succeeded, (await silo.Backup(KeyOf(key, First)).GetStatusAsync())!.Phase);
        await silo.Backup(KeyOf(key, First)).ApplyAsync(Resource(key, First) with { Generation = 2, Deleting = true });

        await silo.UntilAsync(() => silo.Edge.JobOf(KeyOf(key, First), JobOperation.Delete) is not null);
        Assert.Equal(First, silo.Edge.Jobs[silo.Edge.JobOf(KeyOf(key, First), JobOperation.Delete)!].Request.Folder);
    }

    // The next sweep expects it, does not find it, and says so; the one after finds it again.
    private async Task MissedAsync(ClusterKey key, BackupFolder folder)
    {
        await SweepAsync(key, "report 1", new() { Missing = [folder.ToString()] }, folder);
        await silo.UntilAsync(() => silo.Edge.Last(KeyOf(key, folder))?.Reason == Reasons.DataMissing);
        await silo.UntilAsync(() => silo.Edge.Last(key) is { LastSuccessfulBackup: null, Sweeps: [{ Missing: 1 }] });

        await SweepAsync(key, "report 2", new(), folder);
        await silo.UntilAsync(() => silo.Edge.Last(KeyOf(key, folder))?.Reason == Reasons.Completed);
        await silo.UntilAsync(() => silo.Edge.Last(key) is { LastSuccessfulBackup: not null, Sweeps: [{ Missing: 0 }] });
    }

    private async Task SweepAsync(ClusterKey key, string word, StockSummary found, BackupFolder expected)
    {
        var before = Sweeps(key).Count;
        await silo.Cluster(key).AskForSweepAsync(new() { Uid = "c1", Word = word });
        await silo.UntilAsync(() => Sweeps(key).Count > before, TimeSpan.FromSeconds(20));
        var order = Sweeps(key)[^1];
        Assert.Equal(expected.ToString(), Assert.Single(order.Request.Sweep!.Stock!.Expected));
        await silo.Cluster(key).ObserveSweepAsync(Found(order, found));
    }

    private List<JobOrder> Pages(ClusterKey key) => [.. Orders(key).Where(order => order.Request.Sweep!.Stock!.Pages)];

    private List<JobOrder> Sweeps(ClusterKey key) => [.. Orders(key).Where(order => !order.Request.Sweep!.Stock!.Pages).OrderBy(order => order.Request.Attempt)];

    private IEnumerable<JobOrder> Orders(ClusterKey key) =>
        silo.Edge.Jobs.Values.Where(order => order.Subject.Namespace == key.Namespace && order.Request.Operation == JobOperation.SweepCluster);

    private static BackupKey KeyOf(ClusterKey key, BackupFolder folder) => new(key.Member, key.Namespace, folder.Name);

    private BackupSpec Resource(ClusterKey key, BackupFolder folder) =>
        Samples.Spec($"{key.Namespace}-{folder.Name}") with { Created = silo.Clock.GetUtcNow(), ImportFrom = folder };

    private Task AppearAsync(ClusterKey key, BackupFolder folder) => silo.Backup(KeyOf(key, folder)).ApplyAsync(Resource(key, folder));

    private async Task CheckedAsync(ClusterKey key, BackupFolder folder, JobFault? fault = null)
    {
        var (backup, uid) = (KeyOf(key, folder), $"{key.Namespace}-{folder.Name}");
        var job = silo.Edge.JobOf(backup, JobOperation.Import)!;
        var number = silo.Edge.Jobs[job].Request.Attempt;
        var report = fault is { } why ? Samples.Fault(why, number) with { Uid = uid } : Samples.Imported(number, uid);
        await silo.Backup(backup).ObserveJobAsync(new() { Uid = uid, Job = job, State = JobState.Complete, Report = report });
    }

    private static JobSighting Found(JobOrder order, StockSummary stock) => new()
    {
        Uid = "c1",
        Job = order.Job,
        State = JobState.Complete,
        Report = new() { Uid = "c1", Attempt = order.Request.Attempt, Message = "Looked.", Sweep = new() { OnlyReported = true, Stock = stock } },
    };
}
