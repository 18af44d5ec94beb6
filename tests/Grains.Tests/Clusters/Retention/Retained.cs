using System.Globalization;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

/// <summary>A cluster with a nightly schedule, and what its retention remembers at each stop of the way.</summary>
internal static class Retained
{
    public static string Place => StoragePlaces.Of(Samples.Storage().Request);

    public static ClusterSpec Spec(RetentionSpec? retention) => Samples.ClusterSpec() with
    {
        Schedules = [new() { Name = Catalogue.Schedule, Cron = "30 2 * * *", StorageName = "s3-main", Retention = retention }],
    };

    public static ClusterSpec Keeping(int count) => Spec(new() { Count = count });

    public static BackupEnd End(int number, DateTimeOffset completed, bool held = false) => new()
    {
        Backup = new(Samples.Member, "shop", Text($"n{number}")),
        Uid = Text($"u{number}"),
        Phase = BackupPhase.Succeeded,
        Completed = completed,
        Facts = new() { StorageName = "s3-main", Place = Place, Stored = true, Schedule = Catalogue.Schedule, DeletesData = true, Held = held },
    };

    /// <summary>The newest is n0, of now.</summary>
    public static RetentionState Nights(int count) => new()
    {
        Entries = [.. Enumerable.Range(0, count).Select(night => Catalogue.Nightly(night, Samples.Start.AddDays(-night)) with { Storage = "s3-main", Place = Place, Stored = true })],
    };

    public static RetentionState Expired(int nights, int keep) =>
        RetentionMachine.Expire(RetentionMachine.Plan(Nights(nights), Keeping(keep), Samples.Start), Keeping(keep), Samples.Start.AddHours(1));

    public static RetentionState Agreed(int nights, int keep) => Expired(nights, keep) is var expired
        ? RetentionMachine.Answer(expired, RetentionMachine.Asked(expired).ToDictionary(entry => entry.Uid, _ => true))
        : expired;

    public static IEnumerable<string> Going(RetentionState state) => state.Entries.Where(entry => entry is { GoesAt: not null, Expired: false }).Select(entry => entry.Name);

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}
