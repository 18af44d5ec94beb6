using System.Collections.Concurrent;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Fleet;

/// <summary>
/// What is between a backup that was asked for and its end, for a fleet without Kubernetes: its resource comes back at once, its instance is found, and its Job has ended
/// well as soon as it is asked for. So what is left is what the silo itself does.
/// </summary>
internal sealed class StandInRunner(Func<IGrainFactory> grains, TimeProvider time)
{
    /// <summary>Whether it is at work; otherwise a backup is over once it was asked for.</summary>
    public bool IsOn { get; set; }

    /// <summary>How late each backup's Job was asked for, in seconds; by its name.</summary>
    public ConcurrentDictionary<string, double> Lateness { get; } = new();

    /// <summary>The resource that a schedule asked for.</summary>
    public void Come(BackupOrder order)
    {
        if (IsOn)
        {
            Backup(order.Backup).ApplyAsync(
                new() { Uid = $"uid-{order.Backup}", Generation = 1, Created = time.GetUtcNow(), ClusterName = order.ClusterName, StorageName = order.StorageName, Schedule = order.Schedule, Due = order.Due },
                CancellationToken.None).Ignore();
        }
    }

    /// <summary>The one instance that its cluster has.</summary>
    public void Survey(SurveyOrder order)
    {
        if (IsOn)
        {
            Backup(order.Backup).ChooseSourceAsync(
                new() { Uid = order.Uid, Instances = [new() { Pod = "mysql-0", Address = "192.0.2.7", Node = "node", Ready = true, HasAgent = true, OutOfReach = true }] }, CancellationToken.None).Ignore();
        }
    }

    /// <summary>Its Job.</summary>
    public void Run(JobOrder order)
    {
        if (!IsOn || order.Request is not { Operation: JobOperation.Backup, Due: { } due, Backup: var backup })
            return;
        var key = new BackupKey(order.Subject.Member, backup.Namespace, backup.Name);
        Lateness.TryAdd(key.ToString(), (time.GetUtcNow() - due).TotalSeconds);
        Backup(key).ObserveJobAsync(
            new()
            {
                Uid = backup.Uid,
                Job = order.Job,
                State = JobState.Complete,
                Report = new()
                {
                    Uid = backup.Uid,
                    Attempt = order.Request.Attempt,
                    Summary = new() { ManifestDigest = "sha256:none", SizeBytes = 1, StoredBytes = 1, Segments = 1, Engine = BackupEngine.MariaDbBackup, Positions = new() { ToolVersion = "none" } },
                },
            },
            CancellationToken.None).Ignore();
    }

    /// <summary>A budget of so many places for each bucket.</summary>
    public static FleetBudget Budget(int places) =>
        new("each-store", "uid-each-store", 1, new() { Name = "each-store", Uid = "uid-each-store", Generation = 1, Each = BudgetEach.Storage, Total = places }, []);

    private IBackupGrain Backup(BackupKey key) => grains().GetGrain<IBackupGrain>(key.ToString());
}
