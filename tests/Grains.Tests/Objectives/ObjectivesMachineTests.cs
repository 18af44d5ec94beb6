using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Objectives;

/// <summary>What is said of a cluster's objectives, and at which instant.</summary>
public sealed class ObjectivesMachineTests
{
    private static readonly DateTimeOffset Noon = Samples.Start;
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    /// <summary>Age of the cluster, of its newest good backup and of its last proof, in hours (-1 for none), seconds to recover, and what is missed.</summary>
    public static TheoryData<double, double, double, double, string> Cases => new()
    {
        { 100, 23.9, 100, 3600, "" },
        { 100, 24, 100, 3600, "rpo" },
        { 100, 1, 719.9, 7200, "" },
        { 100, 1, 720, 7200, "provenWithin" },
        { 100, 1, 1, 7200.1, "rto" },
        { 100, 30, 800, 9000, "rpo,rto,provenWithin" },
        { 100, 1, 1, -1, "" },
        { 23.9, -1, -1, -1, "" },
        { 24, -1, -1, -1, "rpo" },
        { 720, -1, -1, -1, "rpo,provenWithin" },
        { 720, 1, -1, -1, "provenWithin" },
    };

    [Theory, MemberData(nameof(Cases))]
    public void Judge_AtAnInstant_MissesWhatIsTooOldOrTookTooLong(double age, double backup, double proof, double seconds, string missed)
    {
        var state = Known(Noon - TimeSpan.FromHours(age), Noon - Day) with
        {
            Good = backup < 0 ? [] : [Good("newest", Noon - TimeSpan.FromHours(backup)), Good("older", Noon - Day * 90)],
            Proven = proof < 0 ? null : Result("weekly", Noon - TimeSpan.FromHours(proof), true, seconds < 0 ? null : seconds),
        };

        var judged = ClusterMachine.Tell(Samples.Cluster, state, state with { Generation = 2 }, Noon);

        Assert.Equal(missed, string.Join(',', ClusterStatusBuilder.Build(judged)!.Objectives!.Missed));
        Assert.Equal(missed.Split(',', StringSplitOptions.RemoveEmptyEntries).Length, judged.Conditions.Count(condition => IsOne(condition) && condition.Status == false));
        Assert.Same(judged, ObjectivesMachine.Judge(judged, Noon));
    }

    [Fact]
    public void Judge_WithoutObjectives_SaysNothing()
    {
        var state = ClusterMachine.Tell(Samples.Cluster, new(), ClusterMachine.Apply(new(), Samples.ClusterSpec()), Noon);

        Assert.Null(state.Objectives);
        Assert.Null(ClusterStatusBuilder.Build(state)!.Objectives);
        Assert.DoesNotContain(state.Conditions, IsOne);
        Assert.Same(state, ObjectivesMachine.Judge(state, Noon + Day * 900));
    }

    [Fact]
    public void Judge_OfAnOldClusterWhoseNewsMayBeOnItsWay_WaitsForIt()
    {
        var state = ObjectivesMachine.Judge(ClusterMachine.Apply(new(), Asked(Noon - Day * 400)), Noon);

        Assert.Empty(ObjectivesMachine.Missed(state.Objectives));
        Assert.Equal(Noon + ObjectivesMachine.Hearing, ObjectivesMachine.NextMiss(state));
        Assert.Equal(["rpo", "provenWithin"], ObjectivesMachine.Missed(ObjectivesMachine.Judge(state, Noon + ObjectivesMachine.Hearing).Objectives));
    }

    [Fact]
    public void Tell_OfAMissAndOfItsEnd_IsAnEventEach()
    {
        var before = Judged(Known(Noon - Day * 100, Noon - Day) with { Good = [Good("old", Noon - TimeSpan.FromHours(23))], Proven = Result("weekly", Noon, true, 60) }, Noon);
        var missed = Judged(before, Noon.AddHours(1));
        var told = Assert.Single(missed.EventsOwed);
        Assert.Equal((Reasons.ObjectiveMissed, true, "Judge"), (told.Reason, told.Warning, told.Action));
        Assert.Equal("The newest good backup 'old' is of 2026-11-21 03:30:00 UTC: since 2026-11-22 03:30:00 UTC the rpo of 24h is missed.", told.Message);

        Assert.Same(missed, ObjectivesMachine.Judge(missed, Noon.AddHours(2)));
        var regained = Judged(
            ClusterMachine.Record(missed with { EventsOwed = [] }, new BackupEnd { Backup = Samples.Key, Uid = "u9", Phase = BackupPhase.Succeeded, Completed = Noon.AddHours(2) }), Noon.AddHours(2));
        var end = Assert.Single(regained.EventsOwed);
        Assert.Equal((Reasons.ObjectiveMet, false), (end.Reason, end.Warning));
    }

    [Fact]
    public void NextTick_OfAClusterWithObjectives_IsTheInstantOfTheNextMiss()
    {
        var state = Judged(Known(Noon - Day * 100, Noon - Day) with
        {
            Sighting = new() { Generation = 1, ReadyAgents = 2, Replicas = 2 }, Good = [Good("newest", Noon - TimeSpan.FromHours(22))], Proven = Result("weekly", Noon - Day * 29, true, 60),
        }, Noon) with { StatusOwed = false, EventsOwed = [] };

        Assert.Equal(Noon.AddHours(2), ClusterAgenda.NextTick(Samples.Cluster, state, Noon));
        var missed = Judged(state, Noon.AddHours(2)) with { StatusOwed = false, EventsOwed = [] };
        Assert.Equal(Noon + Day, ObjectivesMachine.NextMiss(missed));
        Assert.True(ClusterAgenda.NextTick(Samples.Cluster, missed, Noon.AddHours(2)) > Noon.AddHours(3));
    }

    [Fact]
    public void Record_OfDrills_KnowsTheNewestBackupThatWasProven()
    {
        var state = Known(Noon - Day * 100, Noon) with { Good = [Good("new", Noon), Good("old", Noon - Day)] };

        var proven = Drilled(state, "new", true, Noon.AddHours(1));
        Assert.Equal("new", proven.ProvenBackup!.Name);
        Assert.Equal("new", Drilled(proven, "old", true, Noon.AddHours(2)).ProvenBackup!.Name);
        Assert.Equal("new", Drilled(proven, "old", false, Noon.AddHours(2)).ProvenBackup!.Name);
        Assert.Null(Drilled(proven, "new", false, Noon.AddHours(2)).ProvenBackup);
        Assert.Null(ClusterMachine.Record(proven, new BackupEnd { Backup = Samples.Key, Uid = "new", Phase = BackupPhase.Succeeded, Completed = Noon, Removed = true }).ProvenBackup);
        Assert.Equal(Noon, ClusterStatusBuilder.Build(proven)!.Objectives!.ProvenRecoveryPoint);
    }

    [Theory]
    [InlineData("00:00:00", "0s")]
    [InlineData("00:00:02.5", "2.5s")]
    [InlineData("1.02:00:30", "26h 30s")]
    [InlineData("01:30:00", "1h 30m")]
    public void Span_OfALength_IsReadable(string length, string expected) => Assert.Equal(expected, ObjectivesMachine.Span(TimeSpan.Parse(length, System.Globalization.CultureInfo.InvariantCulture)));

    /// <summary>A life in which backups and proofs come by chance and the alarm clock rings when it was set: no instant passes at which a verdict is wrong.</summary>
    [Fact]
    public void Judge_OverALifeOfChance_IsRightAtEachInstantBetweenTwoRings()
    {
        var misses = 0;
        for (var seed = 0; seed < 200; seed++)
        {
            var random = new Random(seed);
            var (now, last, proof) = (Noon, Noon - Day, Noon - Day);
            var state = Judged(Known(Noon - Day * 100, Noon - Day) with { Good = [Good("b", last)], Proven = Result("weekly", proof, true, 60) }, now);
            for (var step = 0; step < 100; step++)
            {
                var news = now + TimeSpan.FromHours(random.NextDouble() * 30);

                // Whatever instant is looked at, until the next ring the verdict that is remembered is the true one.
                while (ObjectivesMachine.NextMiss(state) is { } ring && ring <= news)
                {
                    Assert.Empty(Wrong(state, last, proof, ring - TimeSpan.FromTicks(1)));
                    now = ring;
                    state = Judged(state, now);
                    misses++;
                    Assert.Empty(Wrong(state, last, proof, now));
                }

                Assert.Empty(Wrong(state, last, proof, news - TimeSpan.FromTicks(1)));
                now = news;
                if (random.Next(3) > 0)
                    state = state with { Good = [Good("b", last = now)] };
                else
                    state = state with { Proven = Result("weekly", proof = now, true, 60) };
                state = Judged(state, now);
            }
        }

        Assert.True(misses > 200, $"only {misses} misses: a life without any would prove little");
    }

    private static IEnumerable<string> Wrong(ClusterState state, DateTimeOffset last, DateTimeOffset proof, DateTimeOffset at)
    {
        if (state.Objectives!.RecoveryPoint != at < last + Day)
            yield return $"rpo at {at}";
        if (state.Objectives.Proof != at < proof + Day * 30)
            yield return $"provenWithin at {at}";
    }

    private static bool IsOne(Condition condition) => condition.Type is ObjectivesMachine.RecoveryPoint or ObjectivesMachine.RecoveryTime or ObjectivesMachine.ProofRecent;

    private static ClusterSpec Asked(DateTimeOffset created) => Samples.ClusterSpec() with
    {
        Created = created, Objectives = new() { Rpo = Day, Rto = TimeSpan.FromHours(2), ProvenWithin = Day * 30 },
    };

    private static ClusterState Known(DateTimeOffset created, DateTimeOffset since) => ClusterMachine.Apply(new(), Asked(created)) with { Objectives = new(null, null, null, since) };

    private static ClusterState Judged(ClusterState state, DateTimeOffset now) => ClusterMachine.Tell(Samples.Cluster, state, ObjectivesMachine.Judge(state, now), now);

    private static ClusterState Drilled(ClusterState state, string backup, bool passed, DateTimeOffset at) => ClusterMachine.Record(state, new DrillEnd
    {
        Drill = DrillLife.Key, Uid = DrillLife.Uid, Over = true, Result = Result(DrillLife.Key.Name, at, passed, 60) with { Backup = backup },
    });

    private static GoodBackup Good(string name, DateTimeOffset time) => new(name, name, time, 1000);

    private static DrillResult Result(string drill, DateTimeOffset at, bool passed, double? seconds) => new()
    {
        Drill = drill, Completed = at, Passed = passed, Reason = passed ? Reasons.Proven : "DrillFailed", RecoverySeconds = seconds,
    };
}
