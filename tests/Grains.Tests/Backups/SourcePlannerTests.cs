using ControlPlane.Abstractions.Backups;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

public sealed class SourcePlannerTests
{
    private static readonly Abstractions.Ports.SurveyedInstance Primary = Samples.Instance("db-0", InstanceRole.Primary, null);

    [Fact]
    public void Choose_TwoReplicas_TakesTheOneWithTheLeastLag() =>
        Assert.Equal("db-2", Chosen(Primary, Samples.Instance("db-1", lag: 30), Samples.Instance("db-2", lag: 2)));

    [Fact]
    public void Choose_ReplicaNotReady_TakesThePrimary() =>
        Assert.Equal("db-0", Chosen(Primary, Samples.Instance("db-1", ready: false)));

    [Fact]
    public void Choose_ReplicaBroken_TakesThePrimary() =>
        Assert.Equal("db-0", Chosen(Primary, Samples.Instance("db-1", InstanceRole.BrokenReplica, null)));

    [Fact]
    public void Choose_ReplicaFailedBefore_ComesLast() =>
        Assert.Equal("db-0", SourcePlanner.Choose(null, Samples.Survey(Primary, Samples.Instance("db-1")), [Failed("db-1", JobFault.StreamBroken)]).Instance?.Pod);

    [Fact]
    public void Choose_StoreFailedBefore_DoesNotBlameTheSource() =>
        Assert.Equal("db-1", SourcePlanner.Choose(null, Samples.Survey(Primary, Samples.Instance("db-1")), [Failed("db-1", JobFault.StorageUnavailable)]).Instance?.Pod);

    [Fact]
    public void Choose_AllFailedBefore_TakesTheOneThatFailedLeast() =>
        Assert.Equal("db-1", SourcePlanner.Choose(null, Samples.Survey(Primary, Samples.Instance("db-1")),
            [Failed("db-1", JobFault.StreamBroken), Failed("db-0", JobFault.ToolFailed), Failed("db-0", JobFault.ToolFailed)]).Instance?.Pod);

    [Fact]
    public void Choose_NamedAndReady_TakesIt() =>
        Assert.Equal("db-0", SourcePlanner.Choose("db-0", Samples.Survey(Primary, Samples.Instance("db-1")), []).Instance?.Pod);

    [Theory]
    [InlineData("db-9", "sourcePod 'db-9' is not one of the workload's Pods: db-0, db-1.")]
    [InlineData("db-1", "sourcePod 'db-1': the Pod is not ready.")]
    public void Choose_NamedAndUnusable_SaysWhy(string named, string message)
    {
        var choice = SourcePlanner.Choose(named, Samples.Survey(Primary, Samples.Instance("db-1", ready: false)), []);

        Assert.Null(choice.Instance);
        Assert.Equal(message, choice.Message);
    }

    [Fact]
    public void Choose_NoneUsable_SaysWhyOfEach()
    {
        var bare = Samples.Instance("db-0") with { HasAgent = false };
        var silent = Samples.Instance("db-1") with { View = null, Trouble = "connection refused" };
        var busy = Samples.Instance("db-2");
        busy = busy with { View = busy.View! with { RunningUid = Samples.OtherUid } };

        var choice = SourcePlanner.Choose(null, Samples.Survey(bare, silent, busy), []);

        Assert.Equal($"No instance can be backed up from: db-0: the Pod has no container 'xtrabackup'; db-1: the agent does not answer (connection refused); db-2: the agent is busy with backup {Samples.OtherUid}.", choice.Message);
    }

    [Fact]
    public void Choose_WhereNoAgentCanBeReachedFromThePlane_TakesTheReadyOneWithTheHighestNumber()
    {
        var all = new[] { "db-0", "db-2", "db-10" }.Select(OutOfReach).ToArray();

        Assert.Equal("db-10", Chosen(all));
        Assert.Equal("db-2", Chosen(all[0], all[1], all[2] with { Ready = false }));
        Assert.Equal("db-2", SourcePlanner.Choose(null, Samples.Survey(all), [Failed("db-10", JobFault.SourceUnavailable)]).Instance?.Pod);
    }

    [Fact]
    public void Choose_WhereSomeAgentsAnswered_PrefersThem() => Assert.Equal("db-0", Chosen(Samples.Instance("db-0", InstanceRole.Primary, null), OutOfReach("db-1")));

    private static Abstractions.Ports.SurveyedInstance OutOfReach(string pod) => Samples.Instance(pod) with { View = null, Trouble = "the agent did not answer within 5 s", OutOfReach = true };

    private static string? Chosen(params Abstractions.Ports.SurveyedInstance[] instances) => SourcePlanner.Choose(null, Samples.Survey(instances), []).Instance?.Pod;

    private static BackupAttempt Failed(string pod, JobFault fault) =>
        new() { Number = 1, Source = pod, Job = "job", Started = Samples.Start, Ended = Samples.Start, Outcome = "Failed", Reason = fault.ToString() };
}
