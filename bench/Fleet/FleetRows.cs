using System.Globalization;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Fleet;

/// <summary>The rows of a fleet, as the watches of twenty members would have them written.</summary>
internal static class FleetRows
{
    private const int Members = 20;
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    /// <summary>Writes all clusters; the seconds that took.</summary>
    public static Task<string> WriteClustersAsync(IFleetView view, int count) =>
        WriteAsync(view, RowKind.Cluster, Enumerable.Range(0, count).Select(number => (Member(number), (FleetRow)Cluster(number))), complete: true);

    /// <summary>Writes the backups of some clusters; the seconds that took.</summary>
    public static Task<string> WriteBackupsAsync(IFleetView view, int from, int to, int each) => WriteAsync(
        view, RowKind.Backup,
        Enumerable.Range(from, to - from).SelectMany(number => Enumerable.Range(0, each), (number, night) => (Member(number), (FleetRow)Backup(number, night))), complete: false);

    /// <summary>The bytes that the database takes.</summary>
    public static async Task<string> SizeAsync(Silo.Storage.Database database)
    {
        await using var connection = await database.Readers.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = database.IsShared ? "SELECT pg_database_size(current_database())" : "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture)!;
    }

    private static async Task<string> WriteAsync(IFleetView view, RowKind kind, IEnumerable<(MemberKey Member, FleetRow Row)> rows, bool complete)
    {
        var seconds = TimeSpan.Zero;
        foreach (var member in rows.GroupBy(row => row.Member))
        {
            var claim = await view.ClaimAsync(member.Key, kind, CancellationToken.None);
            foreach (var part in member.Select(row => row.Row).Chunk(FleetBatch.Most))
            {
                var start = TimeProvider.System.GetTimestamp();
                await view.WriteAsync(new() { Member = member.Key, Kind = kind, Claim = claim, Time = Now, Rows = part }, CancellationToken.None);
                seconds += TimeProvider.System.GetElapsedTime(start);
            }

            await view.WriteAsync(new() { Member = member.Key, Kind = kind, Claim = claim, Time = Now, Synced = Now, Replaces = complete }, CancellationToken.None);
        }

        return seconds.TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
    }

    private static MemberKey Member(int number) => new(FormattableString.Invariant($"m{number % Members}"));

    private static ClusterRow Cluster(int number) => new()
    {
        Namespace = FormattableString.Invariant($"team-{number % 997}"),
        Name = FormattableString.Invariant($"c{number}"),
        Uid = FormattableString.Invariant($"00000000-0000-4000-8000-{number:D12}"),
        Created = Now.AddDays(-400),
        Standing = number % 50 == 0 ? ClusterStandings.NotReady : ClusterStandings.Ready,
        Reason = "SidecarReady",
        Storages = FormattableString.Invariant($",s3-{number % 10},"),
        Schedules = number % 200 == 0 ? "," : ",hourly,nightly,",
        LastBackup = FormattableString.Invariant($"c{number}-nightly-0"),
        RecoveryPoint = Now.AddMinutes(-(number % 3000)),
        Missed = number % 100 == 0 ? ",rpo," : ",",
    };

    private static BackupRow Backup(int number, int night) => new()
    {
        Namespace = FormattableString.Invariant($"team-{number % 997}"),
        Name = FormattableString.Invariant($"c{number}-nightly-{night:D12}"),
        Uid = FormattableString.Invariant($"00000000-{night:D4}-4000-8000-{number:D12}"),
        Created = Now.AddDays(-night).AddSeconds(-(number % 86_400)),
        Cluster = FormattableString.Invariant($"c{number}"),
        Storage = FormattableString.Invariant($"s3-{number % 10}"),
        Schedule = "nightly",
        Phase = (number + night) % 100 == 0 ? "Failed" : "Succeeded",
        Reason = "Completed",
        Started = Now.AddDays(-night),
        Completed = Now.AddDays(-night).AddMinutes(20),
        SizeBytes = 10L << 30,
        StoredBytes = 4L << 30,
    };
}
