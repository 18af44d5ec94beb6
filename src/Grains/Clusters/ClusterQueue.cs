using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Clusters;

/// <summary>Who has the slot, and who gets it next.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="state">What the cluster remembers.</param>
/// <param name="remember">Remembers something else, durably.</param>
/// <param name="backup">The backup of a key.</param>
/// <param name="restore">The restore of a key.</param>
/// <param name="drill">The drill of a key.</param>
/// <param name="choose">The good backup that a drill is to take; null when there is none.</param>
/// <param name="owner">The name of the backup that a folder belongs to already; null when there is none.</param>
internal sealed class ClusterQueue(
    string cluster,
    Func<ClusterState> state,
    Func<ClusterState, Task> remember,
    Func<string, IBackupGrain> backup,
    Func<string, IRestoreGrain> restore,
    Func<string, IDrillGrain> drill,
    Func<BackupChoice, Task<string?>> choose,
    Func<ClusterWaiter, Task<string?>> owner)
{
    /// <summary>News may be lost or late, so whoever has the slot is asked whether it holds it.</summary>
    public async Task AskWhoRunsAsync()
    {
        foreach (var slot in new[] { state().Running, state().Importing }.OfType<ClusterSlot>())
        {
            if (slot.IsRestore)
            {
                if (!await restore(slot.Backup).HoldsSlotAsync(slot.Uid))
                    await remember(ClusterMachine.Free(state(), slot));
            }
            else if (await backup(slot.Backup).GetClaimAsync(slot.Uid) is { Holds: false } claim)
            {
                await remember(ClusterMachine.Free(state(), slot, claim));
            }
        }

        if (state().Drilling is { } drilling && await drill(drilling.Backup).GetClaimAsync(drilling.Uid) is { Holds: false } over)
            await remember(ClusterMachine.Free(state(), drilling, over));
    }

    /// <summary>Tells the backup that has the slot what the spec says now: some of it may change in mid-run. A restore goes by what it was admitted with.</summary>
    public async Task TellWhoRunsAsync()
    {
        if (state() is { Running: { IsRestore: false } running, Spec: { } spec })
            await backup(running.Backup).FollowAsync(new() { Uid = running.Uid, Cluster = spec });
    }

    /// <summary>Gives the slot to the first that may have it, and tells the asker, or all, why not.</summary>
    public async Task JudgeAsync(string? asker, bool tellsAll = false)
    {
        foreach (var waiter in state().Waiting)
        {
            if (waiter.Drill is { } choice)
            {
                await JudgeDrillAsync(waiter, choice, tellsAll || waiter.Uid == asker);
                continue;
            }

            if ((AdmissionChecks.Judge(cluster, state(), waiter) ?? await OwnerAsync(waiter)) is { } refusal)
            {
                if (tellsAll || waiter.Uid == asker)
                    await (waiter.IsRestore ? restore(waiter.Backup).WaitAsync(refusal) : backup(waiter.Backup).WaitAsync(refusal));
                continue;
            }

            // Remembered first: a slot that is given twice is a backup that runs twice.
            await remember(ClusterMachine.Grant(state(), waiter));
            var admission = new BackupAdmission { Uid = waiter.Uid, Cluster = state().Spec! };
            await (waiter.IsRestore ? restore(waiter.Backup).AdmitAsync(admission) : backup(waiter.Backup).AdmitAsync(admission));
            await AskWhoRunsAsync();
        }
    }

    private async Task JudgeDrillAsync(ClusterWaiter waiter, BackupChoice choice, bool tells)
    {
        var (refusal, name) = (AdmissionChecks.Judge(cluster, state(), waiter), choice.Name);
        if (refusal is null && name is null && (name = await choose(choice)) is null)
            refusal = AdmissionChecks.HasNoBackup(waiter);
        if (refusal is not null)
        {
            if (tells)
                await drill(waiter.Backup).WaitAsync(refusal);
            return;
        }

        await remember(ClusterMachine.Grant(state(), waiter));
        await drill(waiter.Backup).AdmitAsync(new() { Uid = waiter.Uid, Cluster = state().Spec!, Backup = name! });
        await AskWhoRunsAsync();
    }

    private async Task<BackupRefusal?> OwnerAsync(ClusterWaiter waiter) =>
        waiter.ImportFrom is not null && await owner(waiter) is { } name ? AdmissionChecks.IsDescribed(waiter, name) : null;
}
