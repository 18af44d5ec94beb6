using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Clusters;

/// <summary>What a sweep says of backups without a resource, and of resources without a backup.</summary>
public sealed class SweepStockTests
{
    private static readonly ClusterState Asleep = SweepMachine.Tick(Samples.Cluster, ClusterMachine.Apply(new(), Samples.ClusterSpec()), Samples.Start);
    private static readonly ClusterState AtWork = SweepMachine.Tick(Samples.Cluster, Asleep, Samples.Start.AddDays(1));

    [Fact]
    public void Observe_OffersAndMissing_AreShownAndToldToTheCatalogueOnce()
    {
        var seen = Observe(AtWork, new() { Offered = 3, Offers = [Stored(1, 1), Stored(2, 2)], Missing = [Folder(7)] });

        var findings = seen.Sweeps[0].Untold!;
        Assert.Equal(("s3-main", "", null, Folder(7)), (findings.Inquiry.Storage, findings.Inquiry.After, findings.Until, Assert.Single(findings.Missing)));
        Assert.Null(SweepMachine.Told(seen, "s3-main").Sweeps[0].Untold);
        var shown = ClusterStatusBuilder.Build(seen)!.Sweeps[0];
        Assert.Equal((3, 1, Reasons.DataMissing), (shown.Offered, shown.Missing, shown.Reason));
        Assert.Equal([Folder(2), Folder(1)], shown.Offers.Select(offer => offer.Folder));
        Assert.Contains("1 backups that succeeded are not there any more", shown.Message, StringComparison.Ordinal);
        Assert.Null(SweepMachine.Running(SweepMachine.Tick(Samples.Cluster, seen, Samples.Start.AddDays(1).AddHours(1))));
    }

    [Fact]
    public void Observe_MoreThanAReportHolds_GoesOnByReportsAndAddsUp()
    {
        var first = Observe(AtWork, new() { Offered = 2, Offers = [Stored(1, 1)], Missing = [Folder(3)], Next = Folder(3) }, removed: 5);
        Assert.Null(SweepMachine.Running(SweepMachine.Tick(Samples.Cluster, first, Later(1))));

        // Not before the catalogue has heard of the first part.
        var second = SweepMachine.Tick(Samples.Cluster, SweepMachine.Told(first, "s3-main"), Later(1));
        var running = SweepMachine.Running(second)!;
        Assert.Equal((true, Folder(3)), (running.OnlyReports, running.After));
        Assert.Equal(Folder(3), SweepMachine.Inquiry(second.Spec!, "s3-main", running.After, running.Asked)!.After);

        var ended = Observe(second, new() { Offered = 1, Offers = [Stored(9, 9)], Missing = [Folder(8)] }, removed: 0);

        var shown = ClusterStatusBuilder.Build(ended)!.Sweeps[0];
        Assert.Equal((3, 2, 5L), (shown.Offered, shown.Missing, shown.ObjectsRemoved));
        Assert.Equal([Folder(9), Folder(1)], shown.Offers.Select(offer => offer.Folder));
        Assert.Equal((Folder(3), null), (ended.Sweeps[0].Untold!.Inquiry.After, ended.Sweeps[0].Untold!.Until));
        Assert.Null(SweepMachine.Running(SweepMachine.Tick(Samples.Cluster, SweepMachine.Told(ended, "s3-main"), Later(2))));

        // The next sweep begins anew.
        var tomorrow = SweepMachine.Tick(Samples.Cluster, SweepMachine.Told(ended, "s3-main"), Later(3000));
        Assert.Equal((2, 0), ClusterStatusBuilder.Build(Observe(tomorrow, new() { Offered = 2 }))!.Sweeps[0] is var again ? (again.Offered, again.Missing) : default);
    }

    [Fact]
    public void Observe_OneThatNeverComesFurther_Ends()
    {
        var first = SweepMachine.Tick(Samples.Cluster, SweepMachine.Told(Observe(AtWork, new() { Next = Folder(3) }), "s3-main"), Later(1));

        Assert.Equal("", Observe(first, new() { Next = Folder(3) }).Sweeps[0].After);
    }

    [Fact]
    public void Observe_OfARunnerThatKnowsNothingOfIt_ChangesNothingElse()
    {
        var seen = Observe(AtWork, null);

        Assert.Equal((null, null, Reasons.Swept), (seen.Sweeps[0].Stock, seen.Sweeps[0].Untold, ClusterStatusBuilder.Build(seen)!.Sweeps[0].Reason));
    }

    private static DateTimeOffset Later(int minutes) => Samples.Start.AddDays(1).AddMinutes(minutes);

    private static string Folder(int number) => string.Create(CultureInfo.InvariantCulture, $"b{number}-9e8d7c60-0000-4000-8000-{number:d12}");

    private static StoredBackup Stored(int number, int day) => new() { Folder = Folder(number), Completed = Samples.Start.AddDays(day), SizeBytes = 1 };

    private static ClusterState Observe(ClusterState state, StockSummary? stock, long removed = 0)
    {
        var report = new JobReport { Uid = "c1", Attempt = SweepMachine.Running(state)!.Number, ObjectsRemoved = removed, Message = "Swept.", Sweep = new() { Stock = stock } };
        return SweepMachine.Observe(
            Samples.Cluster, state, new() { Uid = "c1", Job = SweepMachine.Running(state)!.Job!, State = JobState.Complete, Report = report }, SweepMachine.Running(state)!.Asked.AddMinutes(1), looked: false);
    }
}
