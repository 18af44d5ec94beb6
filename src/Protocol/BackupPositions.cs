namespace ControlPlane.Protocol;

/// <summary>What the tool and the server said of a backup; it is known when the stream ends.</summary>
public sealed record BackupPositions
{
    /// <summary>The tool's version, for example <c>10.11.19</c>.</summary>
    public string? ToolVersion { get; init; }

    /// <summary>The server's version, for example <c>10.11.19-MariaDB-log</c>.</summary>
    public string? ServerVersion { get; init; }

    /// <summary>The server's UUID; for MariaDB, which has none, its <c>server_uid</c>.</summary>
    public string? ServerUuid { get; init; }

    /// <summary>The GTID set that the backup holds; cut in status at 1024 characters, whole in the manifest.</summary>
    public string? GtidExecuted { get; init; }

    /// <summary>The binary log that the backup's position is in.</summary>
    public string? BinlogFile { get; init; }

    /// <summary>The position within it, in bytes.</summary>
    public long? BinlogPosition { get; init; }

    /// <summary>The LSN the backup starts from; 0 for a full one.</summary>
    public long? LsnFrom { get; init; }

    /// <summary>The LSN of its checkpoint: the base for an incremental backup.</summary>
    public long? LsnTo { get; init; }

    /// <summary>The LSN up to which redo was copied.</summary>
    public long? LsnLast { get; init; }
}
