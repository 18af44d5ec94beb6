using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

/// <summary>A Job that is to go is waited for from when it was told, whatever happened to the plane in between.</summary>
public sealed class StoppingTests
{
    public static TheoryData<string> States => ["Clearing", "Stopping", "StoppingRewrap"];

    [Theory]
    [MemberData(nameof(States))]
    public void Next_PlaneWasAwayBeforeItToldTheJobToGo_TellsItAndWaits(string state)
    {
        var life = Begin(state).After(2 * BackupPatience.Stop);
        var before = (life.State.Errand, life.State.Job!.Name, life.State.HoldsSlot);
        life.Tick();

        Assert.Equal(before, (life.State.Errand, life.State.Job?.Name, life.State.HoldsSlot));
        Assert.Contains(BackupAction.RemoveJob, BackupAgenda.Work(life.State, life.Now, looks: false));
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Next_ToldJobOutlivesThePatience_GoesOnWithoutIt(string state)
    {
        var life = Begin(state).After(2 * BackupPatience.Stop).Told();
        var job = life.State.Job;
        life.After(BackupPatience.Stop - TimeSpan.FromSeconds(1)).Told().Tick();
        Assert.Equal(job, life.State.Job);

        life.After(TimeSpan.FromSeconds(1)).Tick();
        Assert.NotEqual(job!.Name, life.State.Job?.Name);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Next_JobThatCannotBeTold_IsWaitedForUntilItsOwnDeadlineEndedIt(string state)
    {
        var life = Begin(state);
        var job = life.State.Job!;
        var over = job.Asked + BackupOrders.Job(Samples.Key, life.State).ActiveDeadline + BackupPatience.Grace + BackupPatience.Stop;
        life.After(over - life.Now - TimeSpan.FromSeconds(1)).Tick();
        Assert.Equal(job, life.State.Job);

        life.After(TimeSpan.FromSeconds(1)).Tick();
        Assert.NotEqual(job.Name, life.State.Job?.Name);
    }

    [Fact]
    public void Next_SweepTakesTooLong_TakesItsJobAway()
    {
        var life = Life.Sweeping();
        var job = life.State.Job!.Name;
        life.After(BackupPatience.Sweep).Tick();

        Assert.Equal(BackupPhase.Cancelled, life.State.Phase);
        Assert.Contains(job, life.State.JobsToRemove);
    }

    [Fact]
    public void Work_JobThatWasTold_IsToldAgainOnlyAtALook()
    {
        var life = Life.Stopping().Told();

        Assert.Empty(BackupAgenda.Work(life.State, life.Now, looks: false));
        Assert.Equal([BackupAction.RemoveJob, BackupAction.LookAtJob], BackupAgenda.Work(life.State, life.Now, looks: true));
    }

    [Fact]
    public void Next_SuccessOfAJobWhoseResourceIsGone_IsLeftToTheSweep()
    {
        // A late word began a second life after the first one's data was removed; its Job is still there, and says that it succeeded.
        var life = Life.Starting().Hear(new BackupEvent.JobSeen(Samples.Sighting(JobState.Complete, report: Samples.Success()) with { ResourceGone = true }));
        Assert.Equal((BackupErrand.Sweeping, true), (life.State.Errand, life.State.Gone));
        Assert.False(BackupOrders.Job(Samples.Key, life.State).OwnedByResource);

        life.See(JobState.Complete, JobOperation.Sweep, report: Life.Done(1));
        Assert.Equal((BackupPhase.Cancelled, BackupErrand.Forgetting), (life.State.Phase, life.State.Errand));
        Assert.NotEqual(BackupPhase.Succeeded, BackupMachine.Describe(Samples.Key, life.State, life.Now).Phase);
    }

    private static Life Begin(string state) => state switch
    {
        "Clearing" => Life.Clearing(),
        "Stopping" => Life.Stopping(),
        _ => Life.StoppingRewrap(),
    };
}
