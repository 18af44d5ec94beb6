namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// Drills in a world where everything fails now and then: each round ends once, nothing waits for ever, no backup stays lent, no Job is left behind, and no word of the owner's
/// goes unheeded.
/// </summary>
public sealed class DrillSimulationTests
{
    private const int Seeds = 600;
    private const int WildSteps = 350;
    private const int CalmSteps = 6000;

    [Fact]
    public void Drills_WhateverFails_EndAndLeaveNothingBehind()
    {
        var (passed, failed, gone) = (0, 0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var world = new DrillWorld(seed);
            try
            {
                for (var step = 0; step < WildSteps; step++)
                    world.Step();
                world.Wild = false;
                world.Relist(calm: true);
                for (var step = 0; step < CalmSteps && !world.IsAtRest; step++)
                    world.Step();
                CheckRest(world);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} failed.", exception);
            }

            (passed, failed, gone) = (passed + world.Ended.Values.Count(round => round.Passed), failed + world.Ended.Values.Count(round => !round.Passed), gone + (world.ResourceGone ? 1 : 0));
        }

        // Faults that always end in the same way would prove little.
        Assert.True(passed > 300 && failed > 300 && gone > 30, $"passed: {passed}, failed: {failed}, gone: {gone}");
    }

    private static void CheckRest(DrillWorld world)
    {
        Assert.True(world.IsAtRest, $"waits for ever: {world.State.Phase}/{world.State.Errand} {world.State.Reason} {world.State.Message}");
        Assert.False(world.Lends, "a backup is lent for ever");
        Assert.False(world.State.HoldsSlot, "the slot is held for ever");
        if (world.ResourceGone)
        {
            Assert.Equal("", world.State.Uid);
            return;
        }

        Assert.Equal((world.Word, false, null), (world.State.Word, world.State.Wished, world.State.Due));
        Assert.Equal(Enumerable.Range(1, world.State.Rounds), world.Ended.Keys);
        Assert.Equal(world.Ended.Values.TakeLast(10).Reverse().Select(round => round.Number), world.State.History.Select(round => round.Number));
        Assert.Equal(world.Ended.Values.LastOrDefault(round => round.Passed)?.Completed, world.State.LastPassed);
    }
}
