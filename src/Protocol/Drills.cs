namespace ControlPlane.Protocol;

/// <summary>What a drill does with the server that it starts on the restored data.</summary>
public sealed record DrillRequest
{
    /// <summary>The most queries of one drill.</summary>
    public const int MaximumQueries = 32;

    /// <summary>The longest query, in characters.</summary>
    public const int MaximumQueryLength = 4096;

    /// <summary>The longest expected result, in characters.</summary>
    public const int MaximumResultLength = 4096;

    /// <summary>
    /// How many tables <c>CHECK TABLE</c> looks at: 0 for all. Otherwise those that are largest, and for the rest of the number others chosen by the drill's UID, so that
    /// over many drills all have their turn.
    /// </summary>
    public int TablesChecked { get; init; }

    /// <summary>Whether the rows of the checked tables are counted.</summary>
    public bool CountsRows { get; init; } = true;

    /// <summary>The owner's own queries, in their order; at most <see cref="MaximumQueries"/>. Each runs in a read-only transaction.</summary>
    public IReadOnlyList<DrillQuery> Queries { get; init; } = [];

    /// <summary>The longest that one query or one check of a table may take, in seconds.</summary>
    public int QuerySeconds { get; init; } = 300;
}

/// <summary>A query of the owner's.</summary>
public sealed record DrillQuery
{
    /// <summary>One statement.</summary>
    public required string Query { get; init; }

    /// <summary>
    /// The result that is expected: rows as lines, columns between tabs, <c>NULL</c> for none; without a line feed at its end. Null when it is enough that the query runs.
    /// </summary>
    public string? Expected { get; init; }
}

/// <summary>What a drill found. A drill that found something wrong has the fault <see cref="JobFault.DrillFailed"/>, and the rest of this all the same.</summary>
public sealed record DrillSummary
{
    /// <summary>The most findings that are told; all are counted.</summary>
    public const int MaximumFindings = 6;

    /// <summary>The longest finding, in characters; a longer one is cut.</summary>
    public const int MaximumFinding = 250;

    /// <summary>Bytes that came from the store.</summary>
    public long BytesDownloaded { get; init; }

    /// <summary>Bytes that the data directory took on the volume once it was prepared.</summary>
    public long BytesOfData { get; init; }

    /// <summary>How long the download took, in seconds.</summary>
    public double DownloadSeconds { get; init; }

    /// <summary>How long preparing took, in seconds.</summary>
    public double PrepareSeconds { get; init; }

    /// <summary>How long the server took until it answered, in seconds.</summary>
    public double StartSeconds { get; init; }

    /// <summary>How long checks, counts and queries took, in seconds.</summary>
    public double CheckSeconds { get; init; }

    /// <summary>The server's version.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The GTID set that the server came up with; null when it has none.</summary>
    public string? GtidExecuted { get; init; }

    /// <summary>Tables that there are.</summary>
    public int Tables { get; init; }

    /// <summary>Tables that were checked.</summary>
    public int TablesChecked { get; init; }

    /// <summary>Rows that were counted.</summary>
    public long Rows { get; init; }

    /// <summary>Queries that ran and had the expected result.</summary>
    public int QueriesPassed { get; init; }

    /// <summary>How many things were wrong.</summary>
    public int Faults { get; init; }

    /// <summary>The first of them, at most <see cref="MaximumFindings"/>; a query is told by its number, never by its result.</summary>
    public IReadOnlyList<string> Findings { get; init; } = [];
}

/// <summary>
/// How a drill gets its server. Where the Job's image has one, the runner starts it itself. Where it has none, the Job's Pod has a second container of the database's own image that shares the
/// volume at <see cref="JobFiles.DataVolume"/> and runs <see cref="ServerCommand"/>: it waits for the runner's word, and its server for the runner's order to end.
/// </summary>
public static class DrillFiles
{
    /// <summary>The drill's folder on its volume.</summary>
    public const string Folder = JobFiles.DataVolume + "/drill";

    /// <summary>The settings of the server, written by the runner; relative to the folder.</summary>
    public const string Settings = "server.cnf";

    /// <summary>There as soon as the server may start; relative to the folder.</summary>
    public const string Start = "start";

    /// <summary>There when the runner has ended: a server that was not started yet is not wanted any more; relative to the folder.</summary>
    public const string End = "end";

    /// <summary>There when the server has ended, with its exit status in it; relative to the folder.</summary>
    public const string Ended = "ended";

    /// <summary>The second container's command, as <c>command: [sh, -c, …]</c>; it needs nothing of its image but a shell and the server.</summary>
    public static string ServerCommand { get; } = ServerCommandIn(Folder);

    /// <summary>The same for a folder elsewhere. A shell that is the first process of its container hears no signal that it sets no trap for.</summary>
    public static string ServerCommandIn(string folder) =>
        $"trap 'exit 143' TERM INT; cd {Path.GetDirectoryName(folder)}; "
        + $"until [ -e {folder}/{Start} ]; do [ ! -e {folder}/{End} ] || exit 0; sleep 1; done; "
        + $"$(command -v mariadbd || command -v mysqld) --defaults-file={folder}/{Settings} & wait $!; status=$?; echo $status > {folder}/{Ended}; exit $status";
}
