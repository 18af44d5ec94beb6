using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Fleet;

/// <summary>The clusters of a fleet, all alike but for their names.</summary>
internal static class FleetOf
{
    private static readonly StorageSpec Storage = new() { Request = new() { Name = "s3-main", Type = StorageType.S3, S3 = new() { Bucket = "backups", Prefix = "prod" } } };

    /// <summary>The key of the n-th.</summary>
    public static string Key(int number) => string.Create(CultureInfo.InvariantCulture, $"local/fleet-{number / 1000}/c{number}");

    /// <summary>Its spec: three schedules as owners have them, none of which falls due in the next hours; or one that is due once, at a stated minute.</summary>
    public static ClusterSpec Spec(int number, DateTimeOffset now, DateTimeOffset? due = null)
    {
        var hour = now.AddHours(8).Hour;
        return new()
        {
            Uid = string.Create(CultureInfo.InvariantCulture, $"00000000-0000-4000-8000-{number:D12}"),
            Generation = due is null ? 1 : 2,
            Workload = new() { Name = "mysql", Container = "mysql", DataVolume = "datadir", DataPath = "/var/lib/mysql" },
            CredentialsSecret = "backup",
            BackupEnabled = true,
            Image = new() { Name = "controlplane/sidecar:1.0" },
            Storages = new Dictionary<string, StorageSpec> { ["s3-main"] = Storage },
            Schedules = due is { } once
                ? [Schedule("now", $"{once.Minute} {once.Hour} {once.Day} {once.Month} *")]
                : [Schedule("nightly", $"{number % 60} {hour} * * *"), Schedule("weekly", $"{number % 60} {hour} * * sun"), Schedule("monthly", $"{number % 60} {hour} 1 * *")],
        };
    }

    private static ScheduleSpec Schedule(string name, FormattableString cron) => new() { Name = name, Cron = FormattableString.Invariant(cron), StorageName = "s3-main" };
}
