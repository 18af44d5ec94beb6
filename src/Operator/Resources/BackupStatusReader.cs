using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// Reads what a backup's status says. It was written by this product, and is the way back for a plane that lost its state; one that
/// somebody wrote otherwise is left out of account, as if there were none.
/// </summary>
internal static class BackupStatusReader
{
    /// <summary>The status of an earlier life.</summary>
    public static RecordedBackup? Read(string uid, JsonElement document)
    {
        try
        {
            return document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
                && status.Deserialize(StatusJson.Default.BackupStatusDocument)?.ToStatus(uid) is { } recorded
                ? new() { Status = recorded }
                : null;
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException or FormatException)
        {
            return null;
        }
    }

    /// <summary>The runner's own word on what it is doing.</summary>
    public static (int Attempt, BackupStage Stage)? ReadProgress(JsonElement document) =>
        document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
        && status.TryGetProperty("progress", out var progress) && progress.ValueKind == JsonValueKind.Object
        && progress.TryGetProperty("attempt", out var attempt) && attempt.ValueKind == JsonValueKind.Number && attempt.TryGetInt32(out var number)
        && progress.TryGetProperty("stage", out var word) && word.ValueKind == JsonValueKind.String && Enum.TryParse(word.GetString(), out BackupStage stage)
        && Enum.IsDefined(stage)
            ? (number, stage)
            : null;
}
