using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Ports;

/// <summary>How one of our Jobs was seen to stand.</summary>
[GenerateSerializer, Immutable, Alias("JobSighting")]
public sealed record JobSighting
{
    /// <summary>The UID of the backup that the Job's labels name; empty when the Job was not found.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The Job's name.</summary>
    [Id(1)]
    public required string Job { get; init; }

    /// <summary>How it stands.</summary>
    [Id(2)]
    public required JobState State { get; init; }

    /// <summary>The runner's report; null when there is none (yet).</summary>
    [Id(3)]
    public JobReport? Report { get; init; }

    /// <summary>What the runner says it is doing, from <c>status.progress</c>.</summary>
    [Id(4)]
    public BackupStage? Stage { get; init; }

    /// <summary>What keeps the Pod from starting, or how its container ended without a report; for people.</summary>
    [Id(5)]
    public string? Trouble { get; init; }

    /// <summary>Whether the API server ended the Job at its deadline.</summary>
    [Id(6)]
    public bool DeadlineExceeded { get; init; }

    /// <summary>Whether the backup's resource was found gone at the same look.</summary>
    [Id(7)]
    public bool ResourceGone { get; init; }

    /// <summary>
    /// Whether every container of the Job was found to have ended, and it makes no other Pod: nobody writes any more, even while a kubelet keeps the Pod. Only a look finds that.
    /// </summary>
    [Id(8)]
    public bool HasEnded { get; init; }
}

/// <summary>How a Job stands.</summary>
[GenerateSerializer, Alias("JobState")]
public enum JobState
{
    /// <summary>There is none of that name.</summary>
    Missing,

    /// <summary>Its Pod does not run yet.</summary>
    Pending,

    /// <summary>Its Pod runs.</summary>
    Active,

    /// <summary>It ended with exit code 0.</summary>
    Complete,

    /// <summary>It ended otherwise.</summary>
    Failed,

    /// <summary>It is being deleted.</summary>
    Stopping,
}
