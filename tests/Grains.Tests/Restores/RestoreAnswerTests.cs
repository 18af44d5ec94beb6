using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Restores;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Restores;

/// <summary>When a restored database counts as one that answers.</summary>
public sealed class RestoreAnswerTests
{
    private const string Source = "3e11fa47-71ca-11e1-9e33-c80aa9429562";

    // Accounts and passwords are those of the backup. Its owner has half an hour to mend it; after that the data are there all the same.
    [Fact]
    public void Starting_WhereOnlyTheAccountIsRefused_WaitsForItAndThenKeepsTheData()
    {
        var life = RestoreLife.Starting().See(Refusing());
        Assert.Equal(RestoreErrand.Starting, life.State.Errand);
        Assert.Contains("orders-mysql-1 does not answer: The server refused the account", life.State.Message, StringComparison.Ordinal);

        life.After(RestorePatience.Start).Tick();
        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.Holding, false), (life.State.Phase, life.State.Errand, life.State.Stopped));
        Assert.Contains("Change the Secret, or the account.", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Starting_WhereTheAccountWasRefusedForAWhile_SaysNothingOfItInTheEnd()
    {
        var life = RestoreLife.Starting().See(Refusing()).Answered();

        Assert.Equal(RestorePhase.Succeeded, life.State.Phase);
        Assert.DoesNotContain("account", life.State.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Starting_WhereAnInstanceIsNotReadyBesides_GoesBack() =>
        Assert.Equal(RestorePhase.Failed, RestoreLife.Starting().See(Refusing()).See(Refusing(ready: false)).After(RestorePatience.Start).Tick().State.Ending!.Phase);

    [Fact]
    public void Starting_WhereAServerLacksTransactionsOfTheBackup_WaitsForThemAndThenSaysSo()
    {
        var life = Begun().See(Executed("1-41"));
        Assert.Equal((RestoreErrand.Starting, "The database answers; that it reports the backup's GTID set is waited for."), (life.State.Errand, life.State.Message));

        life.After(RestorePatience.GtidSet).See(Executed("1-41"));
        Assert.Equal((RestorePhase.Succeeded, RestoreErrand.Holding), (life.State.Phase, life.State.Errand));
        Assert.Contains("set gtid_purged to that set", life.State.Message, StringComparison.Ordinal);
        Assert.True(life.State.EventsOwed[^1].Warning);
    }

    [Theory]
    [InlineData("1-42")]
    [InlineData("1-50")]
    [InlineData(null)]
    public void Starting_WhereAServerHasTheTransactionsOfTheBackupOrTellsNone_Succeeds(string? executed)
    {
        var life = Begun().See(Executed(executed));

        Assert.Equal(RestorePhase.Succeeded, life.State.Phase);
        Assert.DoesNotContain("gtid", life.State.Message, StringComparison.Ordinal);
    }

    private static RestoreLife Begun()
    {
        var plan = RestoreSamples.Plan() with { Engine = BackupEngine.XtraBackup, Positions = new() { GtidExecuted = Source + ":1-42", ServerVersion = "8.0.36" } };
        return RestoreLife.Planning().Told(0, plan: plan).Told(1, plan: plan).Stopped().Told(0, holds: VolumeHolds.Restored, kept: true).Told(1, holds: VolumeHolds.Restored, kept: true);
    }

    private static WorkloadStanding Executed(string? transactions)
    {
        var standing = RestoreSamples.Standing();
        return standing with { Instances = [standing.Instances[0] with { View = new() { ServerReachable = true, GtidExecuted = transactions is null ? null : $"{Source}:{transactions}" } }, standing.Instances[1]] };
    }

    private static WorkloadStanding Refusing(bool ready = true)
    {
        var standing = RestoreSamples.Standing(ready: ready);
        return standing with
        {
            Instances = [standing.Instances[0], standing.Instances[1] with { View = new() { ServerReachable = false, AccountRefused = true, Message = "The server refused the account." } }],
        };
    }
}
