using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Grains.Backups;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>
/// The promises of the README under faults: each seed is a world of its own, wild for a while and calm then. A failing seed is a test case.
/// </summary>
public sealed class BackupSimulationTests
{
    private static readonly int Seeds = int.TryParse(Environment.GetEnvironmentVariable("CONTROLPLANE_SIMULATION_SEEDS"), out var asked) ? asked : 400;

    private const int WildSteps = 600;
    private const int CalmSteps = 4000;

    [Fact]
    public async Task Step_InWildWorlds_HoldsTheInvariants()
    {
        var phases = new Dictionary<BackupPhase, int>();
        var (rewrapped, imported) = (0, 0);
        for (var seed = 0; seed < Seeds; seed++)
        {
            var world = new World(seed);
            try
            {
                for (var step = 0; step < WildSteps; step++)
                    await world.StepAsync();
                world.Wild = false;
                await world.Relist();
                for (var step = 0; step < CalmSteps && !AtRest(world); step++)
                    await world.StepAsync();
                foreach (var key in world.Keys)
                    CheckRest(world, key);
                Assert.Equal(0, world.JobsAlive);
            }
            catch (Exception exception)
            {
                throw new InvalidOperationException($"Seed {seed} failed.", exception);
            }

            foreach (var backup in world.Backups.Values.Where(backup => backup.State.Uid.Length > 0))
            {
                phases[backup.State.Phase] = phases.GetValueOrDefault(backup.State.Phase) + 1;
                imported += backup.State is { Spec.ImportFrom: not null, Phase: BackupPhase.Succeeded } ? 1 : 0;
                rewrapped += backup.State.Rewrap?.Reason == Reasons.Rewrapped ? 1 : 0;
            }
        }

        // Faults that always end in the same way would prove little.
        Assert.True(rewrapped > 20 && imported > 20, $"rewrapped: {rewrapped}, imported: {imported}");
        Assert.All(new[] { BackupPhase.Succeeded, BackupPhase.Failed, BackupPhase.Cancelled }, phase => Assert.True(phases.GetValueOrDefault(phase) > 20, $"{phase}: {phases.GetValueOrDefault(phase)}"));
    }

    private static bool AtRest(World world) => world.Backups.Values.All(backup => backup.State.IsSettled) && world.JobsAlive == 0;

    private static void CheckRest(World world, BackupKey key)
    {
        var state = world.Backups[key].State;
        var folder = state.Spec?.ImportFrom?.Uid ?? state.Uid;
        Assert.True(state.IsSettled, $"{key} waits for ever: {state.Phase}/{state.Errand} {state.Reason} {state.Message}");
        if (state.Uid.Length == 0)
            return;
        if (state.Phase == BackupPhase.Succeeded && !state.Removed)
        {
            Assert.True(world.IsCommitted(folder), $"{key} succeeded and its data is gone");

            // However many rewraps were lost: what is shown is what the manifest has, and what the owner last asked for.
            Assert.Equal(world.KeyOf(folder), state.Summary!.EncryptionKeyId);
            if (state.Spec is { EncryptionKey: { } wanted, Deleting: false })
                Assert.Equal(wanted, state.Summary.EncryptionKeyId);
        }

        // No good backup is lost: where a manifest is, the backup succeeded, or nobody could look and its owner reads that.
        // A late word of a resource that is long gone begins a life that knows nothing of it.
        if (world.IsCommitted(folder) && state.Phase != BackupPhase.Succeeded && state.MayHaveStored)
            Assert.Contains("Remains", state.Message, StringComparison.Ordinal);
        if (state.Removed)
            Assert.True(!world.IsCommitted(folder) && world.IsReleased(state.Uid), $"{key} was not removed");
        Assert.Equal(BackupErrand.None, state.Errand);

        // What was not found whole was nobody's to remove, whatever became of the resource; unless a life before this one found it whole and removed it.
        if (state is { Spec.ImportFrom: not null, Phase: BackupPhase.Failed or BackupPhase.Cancelled } && !world.IsReleased(state.Uid))
            Assert.Equal(world.WasPlanted(folder), world.IsCommitted(folder));
    }
}
