namespace ControlPlane.Protocol;

/// <summary>The agent's HTTP interface: names and bodies. HTTPS only, HTTP/1.1, every request with a ticket.</summary>
public static class AgentApi
{
    /// <summary>The port, also the container's port named <c>agent</c>.</summary>
    public const int Port = 6450;

    /// <summary>The scheme of the <c>Authorization</c> header; the ticket follows it.</summary>
    public const string AuthorizationScheme = "Bearer";

    /// <summary>GET: is the process alive; no ticket, says nothing else. For the container's probes.</summary>
    public const string Health = "/healthz";

    /// <summary>GET: the instance's view of itself, an <see cref="InstanceView"/>. Ticket for <see cref="TicketOperation.Inspect"/>.</summary>
    public const string Instance = "/v1/instance";

    /// <summary>
    /// POST with an <see cref="AgentRunRequest"/>: starts the backup of that UID and answers with the tool's stream. The end of the stream
    /// says nothing: it is a backup when <see cref="Run"/> then says <see cref="AgentRunPhase.Succeeded"/> and as many bytes as arrived. 409
    /// while another backup streams, and for an attempt that was here before; a later attempt of the same UID ends the earlier one. Ticket
    /// for <see cref="TicketOperation.Backup"/>.
    /// </summary>
    public const string Backups = "/v1/backups/{uid}";

    /// <summary>GET: how the run of that UID stands or ended, an <see cref="AgentRunView"/>; 404 when this process knows none.</summary>
    public const string Run = Backups;

    /// <summary>GET: the tool's log of that run as text, the last 1 MiB at most.</summary>
    public const string Log = "/v1/backups/{uid}/log";

    /// <summary>The name that an agent's certificate carries and its callers demand: one per database cluster, not per Pod.</summary>
    public static string ServerName(string @namespace, string cluster) => $"{cluster}.{@namespace}.agent.backup.controlplane";
}

/// <summary>What the runner asks of an agent.</summary>
public sealed record AgentRunRequest
{
    /// <summary>The attempt; a later attempt of the same UID is a run of its own.</summary>
    public required int Attempt { get; init; }

    /// <summary>Which tool.</summary>
    public BackupEngine Engine { get; init; }

    /// <summary>Further arguments for the tool.</summary>
    public IReadOnlyList<string> ToolArguments { get; init; } = [];
}

/// <summary>How a run stands.</summary>
public enum AgentRunPhase
{
    /// <summary>The tool runs.</summary>
    Running,

    /// <summary>The tool ended with exit code 0 and said that it completed.</summary>
    Succeeded,

    /// <summary>The tool failed, or was ended.</summary>
    Failed,
}

/// <summary>One run of the tool, as its agent knows it.</summary>
public sealed record AgentRunView
{
    /// <summary>The backup's UID.</summary>
    public required string Uid { get; init; }

    /// <summary>The attempt.</summary>
    public required int Attempt { get; init; }

    /// <summary>How it stands.</summary>
    public required AgentRunPhase Phase { get; init; }

    /// <summary>Bytes handed out so far; at the end, the stream's whole length.</summary>
    public required long BytesRead { get; init; }

    /// <summary>An estimate of the stream's length: the size of the data directory; null when unknown.</summary>
    public long? BytesExpected { get; init; }

    /// <summary>The tool's exit code; null while it runs or when a signal ended it.</summary>
    public int? ExitCode { get; init; }

    /// <summary>The kind of failure, when there is one.</summary>
    public JobFault? Fault { get; init; }

    /// <summary>For people: the last telling lines of the tool's log, bounded.</summary>
    public string Message { get; init; } = "";

    /// <summary>Which tool ran.</summary>
    public BackupEngine Engine { get; init; }

    /// <summary>Versions and positions; complete when the run succeeded.</summary>
    public BackupPositions Positions { get; init; } = new();
}

/// <summary>One instance of the database as its agent sees it.</summary>
public sealed record InstanceView
{
    /// <summary>How long a <see cref="GtidExecuted"/> may be, in characters: a view is a small answer.</summary>
    public const int MaximumGtidSet = 16 * 1024;

    /// <summary>Whether the server answers the agent.</summary>
    public required bool ServerReachable { get; init; }

    /// <summary>Why not, for people.</summary>
    public string Message { get; init; } = "";

    /// <summary>Whether it is not reachable for one thing only: it is up, and refuses the account of the cluster's credentialsSecret.</summary>
    public bool AccountRefused { get; init; }

    /// <summary>Its role.</summary>
    public InstanceRole Role { get; init; }

    /// <summary>How far a replica is behind, in seconds; null when it is no replica or replication is stopped.</summary>
    public double? LagSeconds { get; init; }

    /// <summary>Whether a backup runs there now, and whose.</summary>
    public string? RunningUid { get; init; }

    /// <summary>Which tool would be used.</summary>
    public BackupEngine Engine { get; init; }

    /// <summary>The server's version.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The server's UUID.</summary>
    public string? ServerUuid { get; init; }

    /// <summary>What has been executed on it: MySQL's <c>@@gtid_executed</c>; null where GTIDs are off, for a MariaDB, and for a set of more than <see cref="MaximumGtidSet"/> characters.</summary>
    public string? GtidExecuted { get; init; }

    /// <summary>The size of the data directory in bytes.</summary>
    public long? DataBytes { get; init; }
}

/// <summary>What an instance is to the others.</summary>
public enum InstanceRole
{
    /// <summary>Not known.</summary>
    Unknown,

    /// <summary>Takes writes, or at least follows nobody.</summary>
    Primary,

    /// <summary>Follows a source, and replication runs.</summary>
    Replica,

    /// <summary>Follows a source, but replication does not run.</summary>
    BrokenReplica,
}
