namespace ControlPlane.Protocol;

/// <summary>What the runner applies to <c>status.progress</c> every few seconds, under a field manager of its own.</summary>
public sealed record BackupProgress
{
    /// <summary>The field manager of these fields.</summary>
    public const string FieldManager = "controlplane-runner";

    /// <summary>The attempt that reports, so that a late word of an earlier one is not taken for this one's.</summary>
    public required int Attempt { get; init; }

    /// <summary>What is being done.</summary>
    public required BackupStage Stage { get; init; }

    /// <summary>Bytes read from the agent.</summary>
    public required long BytesRead { get; init; }

    /// <summary>Bytes stored.</summary>
    public required long BytesStored { get; init; }

    /// <summary>Bytes read a second, over the last report's interval; where a limit holds the upload back, what it lets through.</summary>
    public required long BytesPerSecond { get; init; }

    /// <summary>Share done, 0 to 100; null when the size is unknown. Below 100 until the stage ends.</summary>
    public int? Percent { get; init; }

    /// <summary>When the stage is expected to end; null when unknown.</summary>
    public DateTimeOffset? EstimatedCompletion { get; init; }

    /// <summary>For the printer column, for example <c>63% 412MiB/s 4m</c>.</summary>
    public required string Summary { get; init; }
}

/// <summary>What a runner is doing.</summary>
public enum BackupStage
{
    /// <summary>Bytes move from the source to the store.</summary>
    Uploading,

    /// <summary>The store is read back.</summary>
    Checking,
}
