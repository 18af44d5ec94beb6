using System.Text.Json;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Status;

/// <summary>As much of one of our resources as the way out needs to know: who it is, and what its runner says.</summary>
internal sealed record ResourceHead
{
    public V1ObjectMeta Metadata { get; init; } = new();

    public ResourceHeadSpec? Spec { get; init; }

    public ResourceHeadStatus? Status { get; init; }

    /// <summary>The runner's word on this attempt; null when it said none, or was another attempt's.</summary>
    public BackupStage? StageOf(int attempt)
    {
        try
        {
            return Status?.Progress?.Deserialize(ProtocolJson.Default.BackupProgress) is { } progress && progress.Attempt == attempt ? progress.Stage : null;
        }
        catch (JsonException)
        {
            // Somebody else wrote there; the Job itself tells the rest.
            return null;
        }
    }
}

/// <summary>Of a backup's spec, what tells whether two of them are about the same data.</summary>
internal sealed record ResourceHeadSpec
{
    public string? ClusterName { get; init; }

    public ResourceHeadImport? ImportFrom { get; init; }
}

/// <summary>Where a backup is imported from.</summary>
internal sealed record ResourceHeadImport
{
    public string? Folder { get; init; }
}

/// <summary>The part of the status that is the runner's.</summary>
internal sealed record ResourceHeadStatus
{
    public JsonElement? Progress { get; init; }
}
