namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>Everything that the tool's arguments follow from.</summary>
internal sealed record ToolCommand
{
    /// <summary>Which program.</summary>
    public required ToolTraits Traits { get; init; }

    /// <summary>The run's own folders and files.</summary>
    public required RunFolder Folder { get; init; }

    /// <summary>The data directory.</summary>
    public required string DataPath { get; init; }

    /// <summary>Whether the instance follows a source.</summary>
    public bool IsReplica { get; init; }

    /// <summary>Whether the data volume is a file system with a folder that only root can read, and that is no database.</summary>
    public bool HasLostAndFound { get; init; }

    /// <summary>What the owner adds; checked by <see cref="Protocol.ToolArguments"/> before.</summary>
    public IReadOnlyList<string> Further { get; init; } = [];

    /// <summary>The arguments in their order. The account and its password stand in the defaults file, never here.</summary>
    internal IReadOnlyList<string> Arguments() =>
    [
        // Both programs take this one only in the first place.
        $"--defaults-file={Folder.Defaults}",
        "--backup",
        $"--stream={Traits.StreamFormat}",
        $"--target-dir={Folder.Target}",
        $"--extra-lsndir={Folder.Positions}",
        $"--datadir={DataPath}",
        $"--tmpdir={Folder.Temporary}",
        .. HasLostAndFound ? ["--databases-exclude=lost+found"] : Array.Empty<string>(),
        .. IsReplica ? Traits.ReplicaArguments : [],
        .. Further,
    ];
}
