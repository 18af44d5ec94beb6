using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;
using CsCheck;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

/// <summary>What is unusual about a backup, and how often that is said of one that is not.</summary>
public sealed class AnomalyJudgeTests
{
    private const long Gib = 1L << 30;

    /// <summary>Size in GiB, stored bytes for each byte, minutes; and what is unusual beside twenty backups of 10 GiB, 40 % and 30 minutes.</summary>
    [Theory]
    [InlineData(10, 0.4, 30, "")]
    [InlineData(5.1, 0.4, 30, "")]
    [InlineData(4.9, 0.4, 30, "SizeCollapsed")]
    [InlineData(1000, 0.4, 30, "")]
    [InlineData(0, 0.4, 30, "SizeCollapsed")]
    [InlineData(10, 0.59, 30, "")]
    [InlineData(10, 0.61, 30, "RatioJumped")]
    [InlineData(10, 0.26, 30, "RatioJumped")]
    [InlineData(10, 0.4, 89, "")]
    [InlineData(10, 0.4, 91, "DurationJumped")]
    [InlineData(10, 0.4, 0.1, "")]
    [InlineData(1, 0.95, 300, "SizeCollapsed,RatioJumped,DurationJumped")]
    public void Judge_BesideASteadySeries_FindsWhatIsFarFromIt(double size, double ratio, double minutes, string expected)
    {
        var found = AnomalyJudge.Judge(Entry(0, size, ratio, minutes), Series(AnomalyJudge.Longest));

        Assert.Equal(expected, string.Join(',', found.Select(anomaly => anomaly.Reason)));
    }

    [Fact]
    public void Judge_AnAnomaly_SaysTheNumbersThatMadeIt()
    {
        var found = Assert.Single(AnomalyJudge.Judge(Entry(0, 1, 0.4, 30), Series(12)));

        Assert.Equal((Gib, 10.0 * Gib, 12), ((long)found.Value, Math.Round(found.Median), found.Backups));
        Assert.Equal("Its size of 1 GiB is 10 % of the median of 10 GiB of the 12 backups before it, 46.1 deviations away.", found.Message);
    }

    [Fact]
    public void Judge_BesideFewOrOthers_SaysNothing()
    {
        var odd = Entry(0, 0.001, 0.9, 3000);

        Assert.Empty(AnomalyJudge.Judge(odd, Series(AnomalyJudge.Shortest - 1)));
        Assert.NotEmpty(AnomalyJudge.Judge(odd, Series(AnomalyJudge.Shortest)));
        Assert.Empty(AnomalyJudge.Judge(odd, Series(20).Select(entry => entry with { Schedule = "another" })));
        Assert.Empty(AnomalyJudge.Judge(odd, Series(20).Select(entry => entry with { Storage = "another" })));
        Assert.Empty(AnomalyJudge.Judge(odd, Series(20).Select(entry => entry with { Good = false })));
        Assert.Empty(AnomalyJudge.Judge(odd, Series(20).Select(entry => entry with { Imported = Samples.Start })));
        Assert.Empty(AnomalyJudge.Judge(odd, Series(20).Select(entry => entry with { SizeBytes = null, StoredBytes = null, Duration = null })));
        Assert.Empty(AnomalyJudge.Judge(odd, Series(20).Select(entry => entry with { Completed = Samples.Start.AddDays(1) })));
        Assert.Empty(AnomalyJudge.Judge(odd with { Good = false }, Series(20)));
    }

    [Fact]
    public void Judge_OfBackupsOfSeconds_IsNoJump() =>
        Assert.Empty(AnomalyJudge.Judge(Entry(0, 10, 0.4, 0.5), Series(20).Select(entry => entry with { Duration = TimeSpan.FromSeconds(5) })));

    /// <summary>However a database grows or shrinks by up to a tenth from one backup to the next, nothing is said.</summary>
    [Fact]
    public void Judge_OfSteadyGrowthOrDecay_SaysNothing() =>
        Gen.Select(Gen.Double[0.9, 1.1], Gen.Int[AnomalyJudge.Shortest, 60]).Sample((step, length) =>
            Assert.Empty(AnomalyJudge.Judge(Entry(0, 10, 0.4, 30), Enumerable.Range(1, length).Select(age => Entry(age, 10 * Math.Pow(step, age), 0.4, 30 * Math.Pow(step, age))))));

    /// <summary>The unit makes no difference, nor does the order of the catalogue, nor what lies further back than the series.</summary>
    [Fact]
    public void Judge_ScaledShuffledOrLengthened_SaysTheSame() =>
        Gen.Select(Gen.Double[0.1, 20].Array[AnomalyJudge.Longest], Gen.Double[0.1, 20], Gen.Double[0.01, 50], Gen.Int).Sample((sizes, size, scale, seed) =>
        {
            var series = sizes.Select((one, index) => Entry(index + 1, one, 0.4, 30)).ToArray();
            var expected = Names(AnomalyJudge.Judge(Entry(0, size, 0.4, 30), series));
            var others = series.Concat(Enumerable.Range(30, 20).Select(age => Entry(age, 1000, 0.01, 1))).ToArray();
            new Random(seed).Shuffle(others);

            Assert.Equal(expected, Names(AnomalyJudge.Judge(Entry(0, size, 0.4, 30), others)));
            Assert.Equal(expected, Names(AnomalyJudge.Judge(Entry(0, size * scale, 0.4, 30), series.Select(entry => entry with { SizeBytes = (long)(entry.SizeBytes!.Value * scale), StoredBytes = (long)(entry.StoredBytes!.Value * scale) }))));
        }, iter: 500);

    /// <summary>A quarter of the series may be anything: what is found of a collapse stays found, and of a usual one nothing is said.</summary>
    [Fact]
    public void Judge_BesideSomeOddOnes_IsNotMisled() =>
        Gen.Double[0.001, 1000].Array[AnomalyJudge.Longest / 4].Sample(odd =>
        {
            var series = odd.Select((size, index) => Entry(index + 1, size, 0.4, 30)).Concat(Series(20).Skip(odd.Length)).ToList();

            Assert.Equal([Reasons.SizeCollapsed], Names(AnomalyJudge.Judge(Entry(0, 1, 0.4, 30), series)));
            Assert.Empty(AnomalyJudge.Judge(Entry(0, 10, 0.4, 30), series));
        });

    /// <summary>
    /// False alarms, of backups that vary by chance alone, as a logarithmic normal distribution has it: none in many years of nights while they vary by a tenth, and
    /// of those that vary by half not one in a hundred. docs/fleet.md says so.
    /// </summary>
    [Theory]
    [InlineData(0.1, 0)]
    [InlineData(0.3, 0.003)]
    [InlineData(0.5, 0.01)]
    public void Judge_OfChanceAlone_HardlyEverCriesWolf(double sigma, double most)
    {
        var (random, alarms, nights) = (new Random(1), 0, 0);
        for (var life = 0; life < 20; life++)
        {
            var entries = new List<CatalogueEntry>();
            for (var night = 0; night < 400; night++)
            {
                var entry = Entry(400 - night, 10 * Chance(), 0.4, 30 * Chance());
                alarms += AnomalyJudge.Judge(entry, entries).Count > 0 ? 1 : 0;
                entries.Insert(0, entry);
                nights++;
            }
        }

        Assert.True(alarms <= most * nights, $"{alarms} of {nights}");

        double Chance() => Math.Exp(sigma * Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * Math.Cos(2 * Math.PI * random.NextDouble()));
    }

    [Fact]
    public void Take_IntoTheCatalogue_JudgesOnceAndOnlyWhatIsFresh()
    {
        var before = Retained.Nights(0) with { Entries = [.. Series(20)] };
        var end = Retained.End(99, Samples.Start.AddHours(1)) with { SizeBytes = Gib, Facts = Retained.End(99, Samples.Start).Facts! with { StoredBytes = Gib / 2, Duration = TimeSpan.FromMinutes(20) } };
        var recorded = RetentionMachine.Record(before, end);

        var taken = AnomalyJudge.Take(before, recorded, end.Uid, end.Completed.AddMinutes(1));
        Assert.Equal([Reasons.SizeCollapsed], Names(taken.Entries.Single(entry => entry.Uid == end.Uid).Unusual!));
        Assert.Same(recorded, AnomalyJudge.Take(before, recorded, end.Uid, end.Completed + AnomalyJudge.Freshness + TimeSpan.FromSeconds(1)));
        Assert.Same(taken, AnomalyJudge.Take(taken, RetentionMachine.Record(taken, end), end.Uid, end.Completed));
    }

    [Fact]
    public void Compare_OfAGoodBackup_WarnsOnceAndLeavesThePhase()
    {
        var life = Life.Succeeded();
        var anomalies = new BackupAnomalies
        {
            Uid = Samples.Uid,
            Found = [new() { Reason = Reasons.SizeCollapsed, Value = 1, Median = 10, Deviations = 46, Backups = 20, Message = "Small." }, new() { Reason = Reasons.RatioJumped, Value = 1, Median = 2, Deviations = 9, Backups = 20, Message = "Odd." }],
        };
        var warned = Hear(life.State, anomalies);

        Assert.Equal(BackupPhase.Succeeded, warned.Phase);
        var condition = warned.Conditions.Single(condition => condition.Type == "Unusual");
        Assert.Equal((true, Reasons.SizeCollapsed, "Small. Odd."), (condition.Status, condition.Reason, condition.Message));
        Assert.Equal([Reasons.SizeCollapsed, Reasons.RatioJumped], warned.EventsOwed.Where(told => told is { Action: "Compare", Warning: true }).Select(told => told.Reason));
        Assert.Equal(anomalies.Found, BackupStatusBuilder.Build(warned)!.Unusual);
        Assert.True(warned.Conditions.Single(condition => condition.Type == "Complete").Status);
        Assert.Same(warned, Hear(warned, anomalies));
        Assert.Same(life.State, Hear(life.State, anomalies with { Uid = "another" }));
        Assert.Empty(Hear(Life.Asking().State, anomalies).Unusual);

        static BackupState Hear(BackupState state, BackupAnomalies anomalies) => BackupMachine.Next(Samples.Key, state, new BackupEvent.Compared(anomalies), Samples.Start.AddHours(3));
    }

    private static IEnumerable<CatalogueEntry> Series(int count) => Enumerable.Range(1, count).Select(age => Entry(age, 10, 0.4, 30));

    private static List<string> Names(IEnumerable<BackupAnomaly> found) => [.. found.Select(anomaly => anomaly.Reason)];

    private static CatalogueEntry Entry(int age, double size, double ratio, double minutes) => Catalogue.Nightly(age, Samples.Start.AddDays(-age)) with
    {
        Uid = FormattableString.Invariant($"u-{age}"), Storage = "s3-main", SizeBytes = (long)(size * Gib), StoredBytes = (long)(size * ratio * Gib), Duration = TimeSpan.FromMinutes(minutes),
    };
}
