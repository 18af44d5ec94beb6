using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Protocol;
using k8s;
using k8s.Models;

namespace ControlPlane.Operator.Status;

/// <summary>As much of a <c>MySQLBackup</c> as the way out needs to know: who it is, and what its runner says.</summary>
internal sealed record BackupHead
{
    public V1ObjectMeta Metadata { get; init; } = new();

    public BackupHeadStatus? Status { get; init; }

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
internal sealed record BackupHeadStatus
{
    public JsonElement? Progress { get; init; }
}

/// <summary>Reads it.</summary>
internal sealed class BackupHeads(MemberConnections members, ApiCalls api)
{
    /// <summary>The resource, or null when there is none.</summary>
    public Task<BackupHead?> ReadAsync(BackupKey backup, CancellationToken cancellationToken) =>
        api.RunAsync<BackupHead?>(
            token => members.For(backup.Member).CustomObjects
                .GetNamespacedCustomObjectAsync<BackupHead>(ApiGroup.Name, ApiGroup.Version, backup.Namespace, ApiGroup.Backups.Plural, backup.Name, token)
                .OrMissingAsync(),
            cancellationToken);
}
