using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Clusters;

/// <summary>Who has which slot, and who gets it next.</summary>
/// <param name="cluster">The cluster's name.</param>
/// <param name="state">What the cluster remembers.</param>
/// <param name="remember">Remembers something else, durably.</param>
/// <param name="backup">The backup of a key.</param>
/// <param name="restore">The restore of a key.</param>
/// <param name="drill">The drill of a key.</param>
/// <param name="choose">The good backup that a drill is to take; null when there is none.</param>
/// <param name="owner">The name of the backup that a folder belongs to already; null when there is none.</param>
/// <param name="places">Places in the fleet's budgets.</param>
internal sealed class ClusterQueue(
    string cluster,
    Func<ClusterState> state,
    Func<ClusterState, Task> remember,
    Func<string, IBackupGrain> backup,
    Func<string, IRestoreGrain> restore,
    Func<string, IDrillGrain> drill,
    Func<BackupChoice, Task<string?>> choose,
    Func<ClusterWaiter, Task<string?>> owner,
    ClusterPlaces places)
{
    // Of a cluster one runs at a time: where its slot is free, so many of those who wait ask the ledger at once; the others do so when their own time comes.
    private const int AskAtOnce = 3;

    /// <summary>News may be lost or late, so whoever has a slot is asked whether it holds it.</summary>
    public async Task AskWhoRunsAsync()
    {
        foreach (var (use, slot) in state().Held().ToList())
        {
            switch (use)
            {
                case SlotUse.Restore when !await restore(slot.Backup).HoldsSlotAsync(slot.Uid):
                    await FreeAsync(slot, ClusterMachine.Free(state(), slot));
                    break;
                case SlotUse.Drill when await drill(slot.Backup).GetClaimAsync(slot.Uid) is { Holds: false } claim:
                    await FreeAsync(slot, ClusterMachine.Free(state(), slot, claim));
                    break;
                case SlotUse.Backup or SlotUse.Import when await backup(slot.Backup).GetClaimAsync(slot.Uid) is { Holds: false } claim:
                    await FreeAsync(slot, ClusterMachine.Free(state(), slot, claim));
                    break;
            }
        }
    }

    // Given back once it is remembered: a crash in between is found by the ledger, which asks.
    private async Task FreeAsync(ClusterSlot slot, ClusterState free)
    {
        await remember(free);
        await places.GiveBackAsync(slot.Uid, slot.Place);
    }

    /// <summary>Tells the backup that has the slot what the spec says now: some of it may change in mid-run. A restore goes by what it was admitted with.</summary>
    public async Task TellWhoRunsAsync()
    {
        if (state() is { Running: { IsRestore: false } running, Spec: { } spec })
            await backup(running.Backup).FollowAsync(new() { Uid = running.Uid, Cluster = spec });
    }

    /// <summary>Gives each slot to the first that may have it, and tells the asker, or all, why not.</summary>
    /// <param name="asker">Who asks; null for nobody in particular.</param>
    /// <param name="tellsAll">Whether all are told.</param>
    /// <param name="granted">Who is known to have a place in the fleet's budgets.</param>
    public async Task JudgeAsync(string? asker, bool tellsAll = false, IReadOnlyList<string>? granted = null)
    {
        var asking = granted is null && asker is null ? AskAtOnce : 0;
        foreach (var waiter in places.InOrder(state().Waiting).ToList())
        {
            var (refusal, chosen) = await JudgeAsync(waiter);
            if (refusal is not null)
            {
                if (tellsAll || waiter.Uid == asker)
                    await TellAsync(waiter, refusal);
                continue;
            }

            var place = default(Place);
            if (waiter.Use != SlotUse.Import && !places.AreFree)
            {
                if (waiter.Uid != asker && granted?.Contains(waiter.Uid) is not true && asking-- <= 0)
                    continue;
                var answer = await places.AskAsync(waiter, state().Spec!, await PlaceAsync(waiter, chosen));
                if (answer.Wait is { } wait)
                {
                    await TellAsync(waiter, ClusterPlaces.Refusal(waiter, state().Spec!, wait));
                    continue;
                }

                place = answer.Place;
            }

            // Remembered first: a slot that is given twice is a backup that runs twice.
            await remember(ClusterMachine.Grant(state(), waiter, place?.Number ?? 0));
            await AdmitAsync(waiter, state(), chosen, place);
            await AskWhoRunsAsync();
        }
    }

    /// <summary>What can be said by the cluster's memory first, and only then what somebody has to be asked for.</summary>
    /// <returns>Why it may not begin, or nothing; and of a drill, the backup that it is to take.</returns>
    private async Task<(BackupRefusal? Refusal, string? Chosen)> JudgeAsync(ClusterWaiter waiter)
    {
        if ((AdmissionChecks.Judge(cluster, state(), waiter) ?? places.Objection(waiter, state().Spec!)) is { } refusal)
            return (refusal, null);
        return waiter.Use switch
        {
            SlotUse.Import when await owner(waiter) is { } name => (AdmissionChecks.IsDescribed(waiter, name), null),
            SlotUse.Drill => (waiter.Drill!.Name ?? await choose(waiter.Drill)) is { } chosen ? (null, chosen) : (AdmissionChecks.HasNoBackup(waiter), null),
            _ => (null, null),
        };
    }

    private async Task<BucketPlace?> PlaceAsync(ClusterWaiter waiter, string? chosen) => waiter.Use switch
    {
        SlotUse.Restore => waiter.Place,
        SlotUse.Drill => places.PlaceOf((await backup(places.KeyOf(chosen!).ToString()).GetStatusAsync())?.Storage),
        _ => places.PlaceOf(state().Spec!.Storages[waiter.StorageName]),
    };

    private Task TellAsync(ClusterWaiter waiter, BackupRefusal refusal) => waiter.Use switch
    {
        SlotUse.Restore => restore(waiter.Backup).WaitAsync(refusal),
        SlotUse.Drill => drill(waiter.Backup).WaitAsync(refusal),
        _ => backup(waiter.Backup).WaitAsync(refusal),
    };

    private Task AdmitAsync(ClusterWaiter waiter, ClusterState known, string? chosen, Place? place) => waiter.Use switch
    {
        // A restore's own figure is of the whole road; a drill's leaves the workload alone.
        SlotUse.Restore => restore(waiter.Backup).AdmitAsync(new() { Uid = waiter.Uid, Cluster = known.Spec!, Pace = known.Restored ?? known.Proven?.Pace, Place = place }),
        SlotUse.Drill => drill(waiter.Backup).AdmitAsync(new() { Uid = waiter.Uid, Cluster = known.Spec!, Backup = chosen!, Place = place }),
        _ => backup(waiter.Backup).AdmitAsync(new() { Uid = waiter.Uid, Cluster = known.Spec!, Place = place }),
    };
}
