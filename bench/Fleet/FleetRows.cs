using System.Globalization;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Fleet;

/// <summary>The rows of a fleet, as the watches of twenty members would have them written: by the silo's own writer, each member's complete list in the order of its API server.</summary>
internal static class FleetRows
{
    /// <summary>How many members there are.</summary>
    public const int Members = 20;

    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    /// <summary>Writes the complete list of a member's clusters; the seconds that took, and how many rows there were.</summary>
    public static Task<string> WriteClustersAsync(IFleetView view, int member, int clusters) => WriteAsync(view, member, RowKind.Cluster, Of(member, clusters).Select(Cluster));

    /// <summary>Writes the complete list of a member's backups.</summary>
    public static Task<string> WriteBackupsAsync(IFleetView view, int member, int clusters, int each) => WriteAsync(view, member, RowKind.Backup, BackupsOf(member, clusters, each));

    /// <summary>Loads the backups of all members but the first, past the writer.</summary>
    public static Task<string> LoadBackupsAsync(Silo.Storage.Database database, int clusters, int each) => FleetBulk.LoadAsync(
        database, Enumerable.Range(1, Members - 1).SelectMany(member => BackupsOf(member, clusters, each), (member, row) => (FormattableString.Invariant($"m{member}"), (FleetRow)row)));

    /// <summary>Writes a drill of each cluster, and a restore of one in ten.</summary>
    public static async Task<string> WriteTasksAsync(IFleetView view, int member, int clusters)
    {
        await WriteAsync(view, member, RowKind.Restore, Of(member, clusters).Where(number => number % 10 == 0).Select(Work));
        return await WriteAsync(view, member, RowKind.Drill, Of(member, clusters).Select(Work));
    }

    /// <summary>The bytes that the database takes.</summary>
    public static async Task<string> SizeAsync(Silo.Storage.Database database)
    {
        await using var connection = await database.Readers.OpenConnectionAsync();
        await using var command = connection.CreateCommand();
        command.CommandText = database.IsShared ? "SELECT pg_database_size(current_database())" : "SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()";
        return Convert.ToString(await command.ExecuteScalarAsync(), CultureInfo.InvariantCulture)!;
    }

    private static async Task<string> WriteAsync(IFleetView view, int number, RowKind kind, IEnumerable<FleetRow> rows)
    {
        var (seconds, count, member) = (TimeSpan.Zero, 0, new MemberKey(FormattableString.Invariant($"m{number}")));
        var claim = await view.ClaimAsync(member, kind, CancellationToken.None);
        foreach (var part in rows.Chunk(FleetBatch.Most))
        {
            await TimedAsync(new() { Member = member, Kind = kind, Claim = claim, Time = Now, Rows = part });
            count += part.Length;
        }

        await TimedAsync(new() { Member = member, Kind = kind, Claim = claim, Time = Now, Synced = TimeProvider.System.GetUtcNow(), Replaces = true });
        return string.Create(CultureInfo.InvariantCulture, $"{seconds.TotalSeconds:F3} {count}");

        async Task TimedAsync(FleetBatch batch)
        {
            var start = TimeProvider.System.GetTimestamp();
            if (!await view.WriteAsync(batch, CancellationToken.None))
                throw new InvalidOperationException("Somebody else writes.");
            seconds += TimeProvider.System.GetElapsedTime(start);
        }
    }

    // An API server lists by namespace and name.
    private static IEnumerable<int> Of(int member, int clusters) =>
        Enumerable.Range(0, clusters).Where(number => number % Members == member).OrderBy(Namespace, StringComparer.Ordinal).ThenBy(number => Name(number) + "-", StringComparer.Ordinal);

    private static IEnumerable<BackupRow> BackupsOf(int member, int clusters, int each) => Of(member, clusters).SelectMany(number => Enumerable.Range(0, each), Backup);

    private static string Namespace(int number) => FormattableString.Invariant($"team-{number % 997}");

    private static string Name(int number) => FormattableString.Invariant($"c{number}");

    private static string Storage(int number) => FormattableString.Invariant($"s3-{number % 10}");

    private static ClusterRow Cluster(int number) => new()
    {
        Namespace = Namespace(number),
        Name = Name(number),
        Uid = FormattableString.Invariant($"00000000-0000-4000-8000-{number:D12}"),
        Created = Now.AddDays(-400),
        Standing = number % 50 == 0 ? ClusterStandings.NotReady : ClusterStandings.Ready,
        Reason = "SidecarReady",
        Storages = $",{Storage(number)},",
        Schedules = number % 200 == 0 ? "," : ",hourly,nightly,",
        Policies = number % 3 == 0 ? "," : ",gold,",
        LastBackup = FormattableString.Invariant($"c{number}-nightly-0"),
        RecoveryPoint = Now.AddMinutes(-(number % 3000)),
        Missed = number % 100 == 0 ? ",rpo," : ",",
    };

    private static BackupRow Backup(int number, int night) => new()
    {
        Namespace = Namespace(number),
        Name = FormattableString.Invariant($"c{number}-nightly-{night:D12}"),
        Uid = FormattableString.Invariant($"00000000-{night:D4}-4000-8000-{number:D12}"),
        Created = Now.AddDays(-night).AddSeconds(-(number % 86_400)),
        Cluster = Name(number),
        Storage = Storage(number),
        Schedule = "nightly",
        Phase = (number + night) % 100 == 0 ? "Failed" : "Succeeded",
        Reason = "Completed",
        Started = Now.AddDays(-night),
        Completed = Now.AddDays(-night).AddMinutes(20),
        SizeBytes = 10L << 30,
        StoredBytes = 4L << 30,
        Verified = (number + night) % 30 == 0 ? "Passed" : "",
        Unusual = (number + night) % 1000 == 0 ? ",SizeCollapsed," : ",",
    };

    private static TaskRow Work(int number) => new()
    {
        Namespace = Namespace(number),
        Name = FormattableString.Invariant($"c{number}-weekly"),
        Uid = FormattableString.Invariant($"00000000-0001-4000-8000-{number:D12}"),
        Created = Now.AddSeconds(-number),
        Cluster = Name(number),
        Phase = number % 100 == 0 ? "Failed" : "Succeeded",
        Reason = "Completed",
        Backup = FormattableString.Invariant($"c{number}-nightly-{0:D12}"),
        Started = Now.AddDays(-1),
        Completed = Now.AddDays(-1).AddMinutes(20),
    };
}
