using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>How an import of everything stands.</summary>
internal sealed record ImportDocument
{
    public string? Word { get; init; }

    public string? Started { get; init; }

    public string? Completed { get; init; }

    public int? Found { get; init; }

    public int? Imported { get; init; }

    public int? Refused { get; init; }

    public IReadOnlyList<ImportRefusalDocument>? Refusals { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }

    public static ImportDocument From(ImportStatus status) => new()
    {
        Word = status.Word,
        Started = KubernetesTime.Write(status.Started),
        Completed = KubernetesTime.Write(status.Completed),
        Found = status.Found,
        Imported = status.Imported,
        Refused = status.Refused,
        Refusals = status.Refusals.Count > 0 ? [.. status.Refusals.Select(refusal => new ImportRefusalDocument
        {
            Name = refusal.Name,
            Folder = refusal.Folder,
            Reason = StatusText.Shown(refusal.Reason),
            Message = StatusText.Shown(refusal.Message),
        })] : null,
        Reason = StatusText.Shown(status.Reason),
        Message = StatusText.Shown(status.Message),
    };

    public ImportStatus ToStatus() => new()
    {
        Word = Word ?? "",
        Started = KubernetesTime.Read(Started) ?? default,
        Completed = KubernetesTime.Read(Completed),
        Found = Found ?? 0,
        Imported = Imported ?? 0,
        Refused = Refused ?? 0,
        Refusals = [.. (Refusals ?? []).Select(refusal => new ImportRefusal(refusal.Name ?? "", refusal.Folder ?? "", refusal.Reason ?? "", refusal.Message ?? ""))],
        Reason = Reason ?? "",
        Message = Message ?? "",
    };

    /// <summary>The word of an import that a cluster's status says to have come to its end; empty when it says of none.</summary>
    public static string EndedWord(JsonElement document)
    {
        try
        {
            return document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object && status.TryGetProperty("import", out var import)
                && import.Deserialize<ImportDocument>(StatusJson.Default.Options) is { Word: { } word, Completed: not null } ? word : "";
        }
        catch (Exception trouble) when (trouble is JsonException or InvalidOperationException)
        {
            // Somebody else wrote there.
            return "";
        }
    }
}

/// <summary>A backup that was not imported.</summary>
internal sealed record ImportRefusalDocument
{
    public string? Name { get; init; }

    public string? Folder { get; init; }

    public string? Reason { get; init; }

    public string? Message { get; init; }
}

/// <summary>A backup in a storage that has no resource.</summary>
internal sealed record OfferDocument
{
    public string? Folder { get; init; }

    public string? Completed { get; init; }

    public long? SizeBytes { get; init; }

    public string? Schedule { get; init; }

    public string? Due { get; init; }

    public static OfferDocument From(StoredBackup backup) => new()
    {
        Folder = backup.Folder,
        Completed = KubernetesTime.Write(backup.Completed),
        SizeBytes = backup.SizeBytes,
        Schedule = backup.Schedule is { Length: > 0 } schedule ? StatusText.Cut(schedule, Abstractions.Rfc1123.MaximumLabel) : null,
        Due = KubernetesTime.Write(backup.Due),
    };

    public StoredBackup ToBackup() => new()
    {
        Folder = Folder!,
        Completed = KubernetesTime.Read(Completed),
        SizeBytes = SizeBytes,
        Schedule = Schedule,
        Due = KubernetesTime.Read(Due),
    };
}
