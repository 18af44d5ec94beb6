using System.Text.Json;
using ControlPlane.Protocol;
using k8s.Models;

namespace ControlPlane.Operator.Status;

/// <summary>As much of one of our resources as the way out needs to know: who it is, and what its runner says.</summary>
internal sealed record ResourceHead
{
    public V1ObjectMeta Metadata { get; init; } = new();

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

/// <summary>The part of the status that is the runner's.</summary>
internal sealed record ResourceHeadStatus
{
    public JsonElement? Progress { get; init; }
}
