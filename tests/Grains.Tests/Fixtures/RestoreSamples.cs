using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Fixtures;

/// <summary>A restore of the samples' backup into the samples' cluster.</summary>
internal static class RestoreSamples
{
    public const string Uid = "7d1f0a6e-0000-4000-8000-000000000001";

    public static readonly RestoreKey Key = new(Samples.Member, "shop", "back1");
    public static readonly IReadOnlyList<string> Claims = ["datadir-orders-mysql-0", "datadir-orders-mysql-1"];

    public static RestoreSpec Spec(string uid = Uid, long generation = 1) => new()
    {
        Uid = uid,
        Generation = generation,
        Created = Samples.Start,
        ClusterName = "orders",
        BackupName = Samples.Key.Name,
    };

    public static BackupStatus Backup(BackupPhase phase = BackupPhase.Succeeded) => new()
    {
        Uid = Samples.Uid,
        ObservedGeneration = 1,
        Phase = phase,
        Reason = "Completed",
        Destination = BackupOrders.Destination(new() { Namespace = "shop", Cluster = "orders", Name = Samples.Key.Name, Uid = Samples.Uid }, Samples.Storage().Request),
        Storage = Samples.Storage(),
        Jobs = new() { Image = new() { Name = "controlplane/sidecar:1.0" } },
        Summary = Samples.Summary(),
    };

    public static WorkloadStanding Standing(int replicas = 2, int? pods = null, int number = int.MaxValue, bool ready = true, IReadOnlyList<string>? claims = null, string uid = Uid) => new()
    {
        Uid = uid,
        Number = number,
        Replicas = replicas,
        Instances = [.. Enumerable.Range(0, pods ?? replicas).Select(ordinal => Samples.Instance($"orders-mysql-{ordinal}", ready: ready))],
        Claims = claims ?? Claims,
        Identity = new() { User = 999, Group = 999, FsGroup = 999 },
    };

    public static RestorePlan Plan(PreviousData? previous = PreviousData.Keep, params PlanBlocker[] blockers) => new()
    {
        Engine = BackupEngine.MariaDbBackup,
        Positions = new() { GtidExecuted = "0-1-42", ServerVersion = "10.11.19-MariaDB" },
        BytesToDownload = 1 << 29,
        BytesNeeded = 1 << 30,
        Volume = new() { BytesAvailable = 5L << 30, BytesOfData = 1 << 30, Previous = previous, OwnerId = 999, GroupId = 999, Mode = "0700" },
        Blockers = blockers,
        Warnings = [new(RestoreWarning.AccountsOfBackup, "Accounts and passwords will be those of the backup.")],
    };
}
