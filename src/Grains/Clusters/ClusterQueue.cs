using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Grains.Clusters;

/// <summary>Who has the slot, and who gets it next.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="state">What the cluster remembers.</param>
/// <param name="remember">Remembers something else, durably.</param>
/// <param name="backup">The backup of a key.</param>
internal sealed class ClusterQueue(string cluster, Func<ClusterState> state, Func<ClusterState, Task> remember, Func<string, IBackupGrain> backup)
{
    /// <summary>News may be lost or late, so whoever has the slot is asked whether it holds it.</summary>
    public async Task AskWhoRunsAsync()
    {
        if (state().Running is { } running && await backup(running.Backup).GetClaimAsync(running.Uid) is { Holds: false } claim)
            await remember(ClusterMachine.Free(state(), claim));
    }

    /// <summary>Tells whoever has the slot what the spec says now: some of it may change in mid-run.</summary>
    public async Task TellWhoRunsAsync()
    {
        if (state() is { Running: { } running, Spec: { } spec })
            await backup(running.Backup).FollowAsync(new() { Uid = running.Uid, Cluster = spec });
    }

    /// <summary>Gives the slot to the first that may have it, and tells the asker, or all, why not.</summary>
    public async Task JudgeAsync(string? asker, bool tellsAll = false)
    {
        foreach (var waiter in state().Waiting)
        {
            if (AdmissionChecks.Judge(cluster, state(), waiter) is { } refusal)
            {
                if (tellsAll || waiter.Uid == asker)
                    await backup(waiter.Backup).WaitAsync(refusal);
                continue;
            }

            // Remembered first: a slot that is given twice is a backup that runs twice.
            await remember(ClusterMachine.Grant(state(), waiter));
            await backup(waiter.Backup).AdmitAsync(new() { Uid = waiter.Uid, Cluster = state().Spec! });
            await AskWhoRunsAsync();
        }
    }
}
