using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Restores;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Restores;

/// <summary>What is tried again, when, and how often.</summary>
public sealed class RestoreRetryTests
{
    [Theory]
    [InlineData(false, 3)]
    [InlineData(true, 0)]
    public void Plan_WhileTheStoreDoesNotAnswer_IsMadeAgainAFewTimes(bool dryRun, int again)
    {
        var life = RestoreLife.Planning(RestoreSamples.Spec() with { DryRun = dryRun }).Told(1, plan: RestoreSamples.Plan());
        for (var turn = 0; turn < again; turn++)
        {
            life.Told(0, plan: Away()).Left();
            Assert.Equal((RestorePhase.Planning, Reasons.Retrying), (life.State.Phase, life.State.Reason));
            life.After(TimeSpan.FromMinutes(1)).Tick();
        }

        Assert.Equal((RestorePhase.Failed, Reasons.PlanBlocked), (life.Told(0, plan: Away()).State.Phase, life.State.Reason));

        RestorePlan Away() => RestoreSamples.Plan(null, new PlanBlocker(JobFault.StorageUnavailable, "The store does not answer."));
    }

    [Theory]
    [InlineData(JobFault.StorageUnavailable, RestoreErrand.Restoring)]
    [InlineData(JobFault.VolumeBusy, RestoreErrand.Restoring)]
    [InlineData(JobFault.Cancelled, RestoreErrand.Restoring)]
    [InlineData(JobFault.ToolFailed, RestoreErrand.Restoring)]
    [InlineData(JobFault.ManifestMismatch, RestoreErrand.Clearing)]
    [InlineData(JobFault.StorageDenied, RestoreErrand.Clearing)]
    [InlineData(JobFault.VolumeFull, RestoreErrand.Clearing)]
    [InlineData(JobFault.WrongKey, RestoreErrand.Clearing)]
    internal void Fault_OfAVolume_IsTriedAgainOrGoneBackFrom(JobFault fault, RestoreErrand errand) =>
        Assert.Equal(errand, RestoreLife.Restoring().Told(1, fault, holds: VolumeHolds.Previous).State.Errand);

    [Fact]
    public void Retry_OfAVolume_WaitsUntilTheFailedJobIsGone()
    {
        var life = RestoreLife.Restoring().Told(1, JobFault.StorageUnavailable, holds: VolumeHolds.Previous).After(TimeSpan.FromMinutes(1)).Tick();
        Assert.Null(life.State.Volumes[1].Job);

        var first = life.State.Volumes[1].Leaving;
        life.Left().Tick();
        Assert.NotNull(life.State.Volumes[1].Job);
        Assert.NotEqual(first, life.State.Volumes[1].Job!.Name);
    }

    // A kubelet may keep the Pod of a killed runner for a minute; its container's end is enough.
    [Fact]
    public void Retry_OfAVolume_WaitsNoLongerThanForTheEndOfTheFailedJobsContainers()
    {
        var life = RestoreLife.Restoring().Told(1, JobFault.StorageUnavailable, holds: VolumeHolds.Previous).After(TimeSpan.FromMinutes(1));
        var first = life.State.Volumes[1].Leaving!;

        Assert.Equal(first, life.Hear(Kept(hasEnded: false)).State.Volumes[1].Leaving);
        Assert.Null(life.Hear(Kept(hasEnded: true)).State.Volumes[1].Leaving);
        Assert.Contains(first, life.State.JobsToRemove);

        RestoreEvent.JobSeen Kept(bool hasEnded) => new(new() { Uid = RestoreSamples.Uid, Job = first, State = JobState.Stopping, HasEnded = hasEnded });
    }

    [Fact]
    public void Attempts_OfAVolume_AreBounded()
    {
        var life = RestoreLife.Restoring();
        for (var attempt = 0; attempt < 3; attempt++)
            life.Told(0, JobFault.StorageUnavailable).Left().After(TimeSpan.FromMinutes(10)).Tick();

        Assert.Equal(RestoreErrand.Clearing, life.Told(0, JobFault.StorageUnavailable).State.Errand);
        Assert.Equal(nameof(JobFault.StorageUnavailable), life.State.Ending!.Reason);
    }
}
