using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// Restores in a world where everything fails now and then. No server ever runs on half of a database, no two Jobs ever change one volume, and in the end there
/// is the restored database, or exactly the one from before, or a message that says what is missing.
/// </summary>
public sealed class RestoreSimulationTests
{
    private const int Seeds = 600;
    private const int WildSteps = 350;
    private const int CalmSteps = 6000;

    [Fact]
    public void Restores_WhateverFails_EndRestoredOrAsBefore()
    {
        var phases = new Dictionary<RestorePhase, int>();
        var told = 0;
        for (var seed = 0; seed < Seeds; seed++)
        {
            var world = new RestoreWorld(seed);
            try
            {
                for (var step = 0; step < WildSteps; step++)
                    world.Step();
                world.Wild = false;
                world.Relist();
                for (var step = 0; step < CalmSteps && !world.IsAtRest; step++)
                    world.Step();
                CheckRest(world);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} failed.", exception);
            }

            if (world.Final is { } phase)
                phases[phase] = phases.GetValueOrDefault(phase) + 1;
            told += world.FinalReason == "told" ? 1 : 0;
        }

        // Faults that always end in the same way would prove little.
        Assert.True(told > 5, $"told: {told}");
        Assert.All(new[] { RestorePhase.Succeeded, RestorePhase.Failed, RestorePhase.Cancelled }, phase => Assert.True(phases.GetValueOrDefault(phase) > 30, $"{phase}: {phases.GetValueOrDefault(phase)}"));
    }

    private static void CheckRest(RestoreWorld world)
    {
        Assert.True(world.IsAtRest, $"waits for ever: {world.State.Phase}/{world.State.Errand} {world.State.Reason} {world.State.Message}");
        Assert.False(world.Lends, "the backup is lent for ever");
        if (world.ResourceGone)
            Assert.Equal("", world.State.Uid);
        if (world.Final is null)
            return;
        if (world.FinalReason == "told")
        {
            Assert.Equal(0, world.Replicas);
            Assert.True(world.Previous == PreviousData.DeleteFirst, world.State.Message);
            return;
        }

        Assert.Equal(world.Before, world.Replicas);
        var restored = world.Volumes.Values.Select(volume => volume.Holds == VolumeHolds.Restored).ToList();
        if (world.Final == RestorePhase.Succeeded && world.State.Reason != "Planned" && !world.ResourceGone)
            Assert.True(restored[0], "succeeded without the data");
        Assert.All(world.Volumes.Values, volume => Assert.True(volume.IsWhole));
        if (world.Final != RestorePhase.Succeeded && world.FinalReason != "NotPutBack" && !world.ResourceGone)
            Assert.All(world.Volumes.Values, volume => Assert.Equal((VolumeHolds.Previous, false), (volume.Holds, volume.Begun)));
        Assert.All(world.Volumes.Values, volume => Assert.False(volume.Begun && !volume.Gone, "previous data were left on a volume"));
    }
}
