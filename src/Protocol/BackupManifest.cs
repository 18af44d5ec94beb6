using System.Text.Json.Serialization;

namespace ControlPlane.Protocol;

/// <summary>
/// What commits a backup: the last object written under its prefix, written once. It alone is enough to restore into any cluster.
/// Its form is specified in <c>docs/backup-format.md</c>.
/// </summary>
public sealed record BackupManifest
{
    /// <summary>The newest version of this document that this code reads; it reads all up to it.</summary>
    public const int CurrentVersion = 2;

    /// <summary>The version of a sealed backup's manifest: an older reader would take sealed segments for damaged ones.</summary>
    public const int SealedVersion = 2;

    /// <summary>The document's version: the least one that no reader gets wrong.</summary>
    public int Version { get; init; } = 1;

    /// <summary>Which backup this is.</summary>
    public required BackupIdentity Backup { get; init; }

    /// <summary><c>full</c>; later also <c>incremental</c>.</summary>
    public string Type { get; init; } = "full";

    /// <summary>Which tool made it, and so which one restores it.</summary>
    public required BackupEngine Engine { get; init; }

    /// <summary>Versions and positions.</summary>
    public required BackupPositions Positions { get; init; }

    /// <summary>The Pod it was taken from.</summary>
    public required string SourcePod { get; init; }

    /// <summary>The schedule that asked for it; null where somebody did, and in manifests that are older than this member.</summary>
    public string? Schedule { get; init; }

    /// <summary>When it was due by that schedule.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>When the stream began.</summary>
    public required DateTimeOffset Started { get; init; }

    /// <summary>When the last segment was stored.</summary>
    public required DateTimeOffset Completed { get; init; }

    /// <summary>How each segment is coded.</summary>
    public required Codec Codec { get; init; }

    /// <summary>How the segments and this document are sealed; null for a backup that is not.</summary>
    public SealingDescription? Sealing { get; init; }

    /// <summary>The tool's stream: all segments decoded, one after another.</summary>
    public required StreamDescription Stream { get; init; }

    /// <summary>The segments in the order of the stream.</summary>
    public required IReadOnlyList<SegmentDescription> Segments { get; init; }
}

/// <summary>The whole stream as the tool wrote it.</summary>
public sealed record StreamDescription
{
    /// <summary>The stream's format: <c>xbstream</c>, which <c>mbstream</c> and <c>xbstream</c> unpack.</summary>
    public string Format { get; init; } = "xbstream";

    /// <summary>Its length.</summary>
    public required long SizeBytes { get; init; }
}

/// <summary>One object of the stream.</summary>
public sealed record SegmentDescription
{
    /// <summary>Its key, relative to the backup's prefix, for example <c>data/01/00000000</c>.</summary>
    public required string Key { get; init; }

    /// <summary>Its length in the store.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>Its length after decoding.</summary>
    public required long SizeBytes { get; init; }

    /// <summary>SHA-256 of the stored bytes, 64 hexadecimal digits in lower case: <c>sha256sum -c</c> checks them.</summary>
    public required string Sha256 { get; init; }

    /// <summary>
    /// CRC-32C of the stored bytes as object stores write it: four bytes, the highest first, in base64. Null where it was not taken. With it a
    /// store can be asked whether it still holds them, without reading them.
    /// </summary>
    [JsonPropertyName("crc32c")]
    public string? Crc32C { get; init; }
}
