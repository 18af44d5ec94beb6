using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Restores;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Restores;

/// <summary>When a restored database counts as one that answers.</summary>
public sealed class RestoreAnswerTests
{
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

    private static WorkloadStanding Refusing(bool ready = true)
    {
        var standing = RestoreSamples.Standing(ready: ready);
        return standing with
        {
            Instances = [standing.Instances[0], standing.Instances[1] with { View = new() { ServerReachable = false, AccountRefused = true, Message = "The server refused the account." } }],
        };
    }
}
