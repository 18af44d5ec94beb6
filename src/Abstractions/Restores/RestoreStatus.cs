using ControlPlane.Abstractions.Fleet;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Restores;

/// <summary>What the owner of a restore is shown: the whole status but <c>volumes</c>, which is the runners'.</summary>
[GenerateSerializer, Immutable, Alias("RestoreStatus")]
public sealed record RestoreStatus
{
    /// <summary>The resource's UID: a status is never shown on a namesake.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The generation that was last read.</summary>
    [Id(1)]
    public required long ObservedGeneration { get; init; }

    /// <summary>The phase.</summary>
    [Id(2)]
    public required RestorePhase Phase { get; init; }

    /// <summary>One word from <see cref="Reasons"/>, or the name of a <see cref="JobFault"/>.</summary>
    [Id(3)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people, and where something is left to do by hand the exact command.</summary>
    [Id(4)]
    public string Message { get; init; } = "";

    /// <summary>Accepted, Complete, Failed.</summary>
    [Id(5)]
    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>The backup's name, or its destination.</summary>
    [Id(6)]
    public string From { get; init; } = "";

    /// <summary>What was found before anything was touched; null before that.</summary>
    [Id(7)]
    public RestorePlanStatus? Plan { get; init; }

    /// <summary>How many instances the workload had when it was stopped, and is given again; null while it was not.</summary>
    [Id(8)]
    public int? StoppedReplicas { get; init; }

    /// <summary>Whether previous data lie on a volume, so that there is a way back.</summary>
    [Id(9)]
    public bool PreviousDataKept { get; init; }

    /// <summary>When the previous data go by themselves; null where there are none, or while it is not known.</summary>
    [Id(10)]
    public DateTimeOffset? PreviousDataUntil { get; init; }

    /// <summary>When the plan was begun.</summary>
    [Id(11)]
    public DateTimeOffset? Started { get; init; }

    /// <summary>When the phase became final.</summary>
    [Id(12)]
    public DateTimeOffset? Completed { get; init; }

    /// <summary>How it stands in the line for a place in the fleet's budgets; null where it waits for something else, or not at all.</summary>
    [Id(13)]
    public PlaceWait? Line { get; init; }
}

/// <summary>What is going to be done, and what was found out before.</summary>
[GenerateSerializer, Immutable, Alias("RestorePlanStatus")]
public sealed record RestorePlanStatus
{
    /// <summary>Bytes that come from the store, for each volume that is restored.</summary>
    [Id(0)]
    public long BytesToDownload { get; init; }

    /// <summary>Bytes that the new data need on each volume.</summary>
    [Id(1)]
    public long BytesNeeded { get; init; }

    /// <summary>Bytes that are free on the fullest of the volumes; null where none was looked at.</summary>
    [Id(2)]
    public long? BytesAvailable { get; init; }

    /// <summary>The server's version when the backup was taken.</summary>
    [Id(3)]
    public string? ServerVersion { get; init; }

    /// <summary>The GTID set that the backup holds.</summary>
    [Id(4)]
    public string? GtidExecuted { get; init; }

    /// <summary>The id of the owner's key that the backup is sealed with; null for one that is not.</summary>
    [Id(5)]
    public string? EncryptionKeyId { get; init; }

    /// <summary>What is done, in order.</summary>
    [Id(6)]
    public IReadOnlyList<string> Steps { get; init; } = [];

    /// <summary>Why it cannot be done; all at once.</summary>
    [Id(7)]
    public IReadOnlyList<string> Blockers { get; init; } = [];

    /// <summary>What an owner should know before.</summary>
    [Id(8)]
    public IReadOnlyList<string> Warnings { get; init; } = [];

    /// <summary>How long it is expected to take, in seconds, from the stopping of the workload until the database answers; null where nothing was measured yet.</summary>
    [Id(9)]
    public long? ExpectedSeconds { get; init; }

    /// <summary>The figures that this follows from; empty where there are none.</summary>
    [Id(10)]
    public string ExpectedBy { get; init; } = "";
}
