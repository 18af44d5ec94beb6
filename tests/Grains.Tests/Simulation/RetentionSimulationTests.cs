using ControlPlane.Abstractions.Clusters;
using CsCheck;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>Months of retention by random: silos, Jobs and messages die; what must stay stays, and in the end what must go is gone.</summary>
public sealed class RetentionSimulationTests
{
    private static readonly RetentionSpec[] Rules = [new() { Count = 1 }, new() { Count = 3 }, new() { MaxAge = TimeSpan.FromDays(2) }, new() { Daily = 2, FailedHistory = 1 }, new() { Weekly = 2, Count = 1 }];

    [Fact]
    public void Retention_ThroughCrashesAndLostNews_LosesNothingAndLeavesNothing() => Gen.Int.Sample(seed =>
    {
        var luck = new Random(seed);
        var world = new SimulatedRetention(luck);
        for (var step = 0; step < 250; step++)
        {
            Act(world, luck);
            world.Check();
        }

        Settle(world);
        Assert.All(world.State.Entries, entry => Assert.False(entry.Expired || entry.GoesAt is not null, $"{entry.Name} should be gone: {entry}"));
        Assert.Equal(world.Resources.Select(resource => resource.Uid).Order(), world.State.Entries.Select(entry => entry.Uid).Order());
        Assert.All(world.Resources, resource => Assert.True(resource.HasData, $"{resource} is a resource without its data."));
    }, iter: 150);

    private static void Act(SimulatedRetention world, Random luck)
    {
        switch (luck.Next(12))
        {
            case 0 or 1:
                world.Pass(TimeSpan.FromHours(luck.Next(1, 14)));
                world.TakeBackup();
                break;
            case 2:
                world.Hold(luck.Next(2) == 0);
                break;
            case 3 when luck.Next(4) == 0:
                world.Rule = Rules[luck.Next(Rules.Length)];
                break;
            case 4 when luck.Next(3) == 0:
                world.Relist();
                break;
            case 5 or 6:
                world.Deliver();
                break;
            case 7 or 8:
                world.RunJobs();
                break;
            default:
                world.Pass(TimeSpan.FromMinutes(luck.Next(1, 40)));
                world.Work();
                break;
        }
    }

    // Nothing goes wrong any more, and a watch begins anew.
    private static void Settle(SimulatedRetention world)
    {
        world.Rough = false;
        for (var hour = 0; hour < 24 * 14; hour++)
        {
            if (hour % 24 == 0)
                world.Relist();
            world.Deliver();
            world.Pass(TimeSpan.FromHours(1));
            world.Work();
            world.RunJobs();
            world.Check();
        }

        world.Deliver();
    }
}
