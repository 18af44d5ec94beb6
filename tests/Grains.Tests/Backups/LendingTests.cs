using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

/// <summary>A backup that a restore or a drill reads.</summary>
public sealed class LendingTests
{
    [Fact]
    public void Delete_WhileItIsRead_RemovesTheDataAfterThat()
    {
        var life = Read("one", "two").Delete();
        Assert.Equal((BackupErrand.Removing, null, Reasons.RemovingData), (life.State.Errand, life.State.Job, life.State.Reason));
        Assert.Contains("A restore or a drill reads the data", life.State.Message, StringComparison.Ordinal);

        Assert.Null(life.Hear(new BackupEvent.Returned("one")).After(TimeSpan.FromHours(1)).Tick().State.Job);
        Assert.Equal(JobOperation.Delete, life.Hear(new BackupEvent.Returned("two")).State.Job!.Operation);
        Assert.Equal(BackupErrand.Releasing, life.See(JobState.Complete, JobOperation.Delete, report: new() { Uid = Samples.Uid, Attempt = 1 }).State.Errand);
    }

    // Who lost its memory gives nothing back.
    [Fact]
    public void Delete_WhileItIsReadAndNobodyGivesItBack_RemovesTheDataAfterADay()
    {
        var life = Read("one").Delete();
        Assert.Equal(life.Now.AddHours(24), BackupAgenda.NextWake(life.State, life.Now));

        Assert.Equal(JobOperation.Delete, life.After(TimeSpan.FromHours(24)).Tick().State.Job!.Operation);
    }

    [Fact]
    public void Return_WhileARemovalWaitsForItsNextTry_ChangesNothingOfThat()
    {
        var life = Life.RemovalFailed().Hear(new BackupEvent.Lent("late"));
        var at = life.State.RetryAt;

        Assert.Equal((null, at), life.Hear(new BackupEvent.Returned("late")).State is var state ? (state.Job, state.RetryAt) : default);
    }

    [Fact]
    public void Delete_TakenBackWhileItIsRead_LeavesTheData()
    {
        var life = Read("one").Delete().Delete(data: false).Hear(new BackupEvent.Returned("one"));

        Assert.Equal((BackupErrand.None, null), (life.State.Errand, life.State.Job));
    }

    private static Life Read(params string[] readers) => readers.Aggregate(Life.Succeeded().Report(), (life, reader) => life.Hear(new BackupEvent.Lent(reader)));
}
