using System.Text.Json;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Watching;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Tests.Watching;

public sealed class JobReaderTests
{
    private const string Uid = "4f2c6f0e-0000-4000-8000-000000000001";

    [Fact]
    public void Read_NoJobAndNoPod_IsMissing() =>
        Assert.Equal(new JobSighting { Uid = "", Job = "j", State = JobState.Missing }, JobReader.Read("j", null, []));

    [Fact]
    public void Read_AJobWithoutAPod_IsPending() => Assert.Equal((JobState.Pending, Uid), (Read(Job()).State, Read(Job()).Uid));

    [Fact]
    public void Read_ARunningPod_IsActive() => Assert.Equal(JobState.Active, Read(Job(), Pod(new() { Running = new() })).State);

    [Fact]
    public void Read_ADeletedJob_IsStopping()
    {
        var job = Job();
        job.Metadata.DeletionTimestamp = new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc);

        Assert.Equal(JobState.Stopping, Read(job, Pod(new() { Running = new() })).State);
    }

    [Theory]
    [InlineData(0, JobState.Complete)]
    [InlineData(1, JobState.Failed)]
    public void Read_AnEndedPodWithAReport_HasItBeforeTheJobFollows(int exitCode, JobState expected)
    {
        var sighting = Read(Job(), Pod(Ended(exitCode, Report())));

        Assert.Equal((expected, "done", null), (sighting.State, sighting.Report!.Message, sighting.Trouble));
    }

    [Fact]
    public void Read_AReportOfAnotherBackupOrAttempt_IsNone()
    {
        Assert.Null(Read(Job(), Pod(Ended(0, Report(uid: "other")))).Report);
        Assert.Null(Read(Job(), Pod(Ended(0, Report(attempt: 1)))).Report);
        Assert.Null(Read(Job(), Pod(Ended(0, "{\"uid\":"))).Report);
        Assert.NotNull(Read(Job(), Pod(Ended(0, "{\"uid\":"))).Trouble);
    }

    [Fact]
    public void Read_AJobPastItsDeadline_SaysSo()
    {
        var sighting = Read(Job(new V1JobCondition { Type = "Failed", Status = "True", Reason = "DeadlineExceeded", Message = "Job was active longer than specified deadline" }));

        Assert.Equal((JobState.Failed, true), (sighting.State, sighting.DeadlineExceeded));
        Assert.Equal("The Job's Pod is gone without a report: Job was active longer than specified deadline", sighting.Trouble);
    }

    [Fact]
    public void Read_AKilledPod_SaysHow()
    {
        Assert.Equal("The Pod p ended without a report: exit code 137, Error", Read(Job(), Pod(Ended(137, null, "Error"))).Trouble);
        Assert.Contains("more memory than its limit", Read(Job(), Pod(Ended(137, null, "OOMKilled"))).Trouble, StringComparison.Ordinal);
    }

    [Fact]
    public void Read_AnEvictedPod_SaysWhy()
    {
        var pod = Pod(null);
        (pod.Status.Phase, pod.Status.Reason, pod.Status.Message) = ("Failed", "Evicted", "The node was low on memory.");

        var sighting = Read(Job(), pod);

        Assert.Equal((JobState.Failed, "The Pod p ended without a report: Evicted: The node was low on memory."), (sighting.State, sighting.Trouble));
    }

    [Theory]
    [InlineData("ImagePullBackOff", "Back-off pulling image \"x\"", "The Pod p cannot start: ImagePullBackOff: Back-off pulling image \"x\"")]
    [InlineData("CreateContainerConfigError", "secret \"s3\" not found", "The Pod p cannot start: CreateContainerConfigError: secret \"s3\" not found")]
    [InlineData("ContainerCreating", null, null)]
    public void Read_AWaitingPod_SaysWhatKeepsIt(string reason, string? message, string? expected)
    {
        var sighting = Read(Job(), Pod(new() { Waiting = new() { Reason = reason, Message = message } }));

        Assert.Equal((JobState.Pending, expected), (sighting.State, sighting.Trouble));
    }

    [Fact]
    public void Read_AnUnschedulablePod_SaysWhy()
    {
        var pod = Pod(null);
        pod.Status.Conditions = [new() { Type = "PodScheduled", Status = "False", Reason = "Unschedulable", Message = "0/1 nodes are available" }];

        Assert.Equal("The Pod p cannot be scheduled: 0/1 nodes are available", Read(Job(), pod).Trouble);
    }

    [Fact]
    public void Read_TwoPods_TrustsTheOneWithTheReport()
    {
        var second = Pod(new() { Running = new() });
        second.Metadata.CreationTimestamp = new DateTime(2027, 1, 1, 0, 0, 0, DateTimeKind.Utc);

        Assert.NotNull(JobReader.Read("j", Job(), [second, Pod(Ended(0, Report()))]).Report);
    }

    [Theory]
    [InlineData("Failed", "Failed", 1, 1, true)]
    [InlineData("Complete", "Succeeded", 1, 1, true)]
    [InlineData("deleted", "Failed", 2, 2, true)]
    [InlineData("", "Failed", 1, 1, false)] // The Job may make another Pod.
    [InlineData("Failed", "Failed", 0, 1, false)] // A kubelet gives one up before it stops it.
    [InlineData("deleted", "Failed", 1, 2, false)]
    [InlineData("deleted", "Running", 1, 1, false)]
    [InlineData("deleted", "Pending", 0, 0, false)]
    public void HasEnded_OfAJob_WantsEveryContainersEnd(string job, string phase, int ended, int containers, bool expected)
    {
        var found = Job([.. new[] { job }.Where(word => word is "Failed" or "Complete").Select(word => new V1JobCondition { Type = word, Status = "True" })]);
        found.Metadata.DeletionTimestamp = job == "deleted" ? new DateTime(2026, 3, 1, 0, 0, 0, DateTimeKind.Utc) : null;
        var pod = Pod(null);
        pod.Spec = new() { Containers = [.. Enumerable.Range(0, containers).Select(number => new V1Container { Name = $"c{number}" })] };
        pod.Status.Phase = phase;
        pod.Status.ContainerStatuses = [.. pod.Spec.Containers.Select((container, number) => new V1ContainerStatus
        {
            Name = container.Name, Image = "i", ImageID = "i", State = number < ended ? Ended(137, null) : new() { Running = new() },
        })];

        Assert.Equal(expected && containers > 0, JobReader.HasEnded(found, [pod]));
        Assert.False(JobReader.HasEnded(found, [pod, Pod(new() { Running = new() })]));
        Assert.False(JobReader.HasEnded(found, []));
        Assert.False(JobReader.HasEnded(null, [pod]));
    }

    [Fact]
    public void See_APodThatNobodyOwns_IsNotTaken()
    {
        var pod = Pod(Ended(0, Report()));
        Assert.Equal("j", PodHandler.See(pod)!.Job);

        pod.Metadata.OwnerReferences = null;
        Assert.Null(PodHandler.See(pod));
    }

    private static JobSighting Read(V1Job job, params V1Pod[] pods) => JobReader.Read("j", job, pods);

    private static string Report(string uid = Uid, int attempt = 2) =>
        JsonSerializer.Serialize(new JobReport { Uid = uid, Attempt = attempt, Message = "done" }, ProtocolJson.Default.JobReport);

    private static V1ContainerState Ended(int exitCode, string? message, string? reason = null) => new() { Terminated = new() { ExitCode = exitCode, Message = message, Reason = reason } };

    private static Dictionary<string, string> Labels() => new() { ["backup.controlplane/uid"] = Uid, ["backup.controlplane/attempt"] = "2", ["job-name"] = "j" };

    private static V1Job Job(params V1JobCondition[] conditions) => new() { Metadata = new() { Name = "j", Labels = Labels() }, Status = new() { Conditions = conditions } };

    private static V1Pod Pod(V1ContainerState? state) => new()
    {
        Metadata = new()
        {
            Name = "p",
            Labels = Labels(),
            CreationTimestamp = new DateTime(2026, 1, 1, 0, 0, 0, DateTimeKind.Utc),
            OwnerReferences = [new() { ApiVersion = "batch/v1", Kind = "Job", Name = "j", Uid = "x", Controller = true }],
        },
        Status = new() { Phase = "Pending", ContainerStatuses = state is null ? null : [new() { Name = "runner", Image = "i", ImageID = "i", RestartCount = 0, Ready = false, State = state }] },
    };
}
