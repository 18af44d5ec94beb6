using CsCheck;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>Hours of a fleet by random: never more runs than is allowed, and in the end all has run and every place is free.</summary>
public sealed class BudgetSimulationTests
{
    [Fact]
    public void Ledger_ThroughCrashesAndLostWords_AllowsNoMoreAndLeaksNothing() => Gen.Int.Sample(seed =>
    {
        var luck = new Random(seed);
        var fleet = new SimulatedFleet(luck);
        for (var step = 0; step < 150; step++)
        {
            Act(fleet, luck);
            fleet.Check();
        }

        fleet.Rough = false;
        for (var minute = 0; minute < 600 && (fleet.Works.Any(work => !work.Over) || fleet.LeaseCount > 0); minute++)
        {
            fleet.Tick();
            fleet.Pass(TimeSpan.FromMinutes(1));
            fleet.Move();
            fleet.Check();
        }

        Assert.All(fleet.Works, work => Assert.True(work.Over, $"{work.Wish.Name} never came to its end."));
        Assert.Equal(0, fleet.LeaseCount);
    }, iter: 100);

    private static void Act(SimulatedFleet fleet, Random luck)
    {
        switch (luck.Next(14))
        {
            case 0 or 1:
                fleet.Add();
                break;
            case 2:
                fleet.Move();
                break;
            case 3 when luck.Next(6) == 0:
                fleet.ChangeBudgets();
                break;
            case 4 when luck.Next(3) == 0:
                fleet.Crash();
                break;
            case 5 when luck.Next(3) == 0:
                fleet.Split();
                break;
            default:
                fleet.Tick();
                fleet.Pass(TimeSpan.FromSeconds(luck.Next(5, 70)));
                break;
        }
    }
}
