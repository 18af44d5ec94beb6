using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Reading;

/// <summary>What a backup is, known without reading its data.</summary>
internal sealed record BackupContents
{
    /// <summary>How its objects lie.</summary>
    public required BackupLayout Layout { get; init; }

    /// <summary>Where it lies.</summary>
    public required string Place { get; init; }

    /// <summary>The tool that made it; null when nothing readable says so.</summary>
    public BackupEngine? Engine { get; init; }

    /// <summary>Versions and positions; null when nothing readable says so.</summary>
    public BackupPositions? Positions { get; init; }

    /// <summary>The length of the stream.</summary>
    public required long StreamBytes { get; init; }

    /// <summary>The length of all its objects together.</summary>
    public required long StoredBytes { get; init; }

    /// <summary>The number of its objects, without manifest and lists.</summary>
    public required long Objects { get; init; }

    /// <summary>The key it is sealed with; null for a backup in the clear.</summary>
    public string? EncryptionKeyId { get; init; }

    /// <summary>Its segments, or the files in its stream.</summary>
    public required IReadOnlyList<BackupPart> Parts { get; init; }

    /// <summary>Objects in its place that are none of its own; they are passed over.</summary>
    public required NamedFew Strangers { get; init; }
}

/// <summary>The ways in which objects make a backup.</summary>
internal enum BackupLayout
{
    /// <summary>Ours: segments of the stream, and a manifest.</summary>
    Segments,

    /// <summary>xbcloud's: an object for each chunk of the stream.</summary>
    Chunks,

    /// <summary>xbcloud's newer one: an object for each file.</summary>
    Files,
}

/// <summary>A segment, or a file.</summary>
/// <param name="Name">Its key or path within the backup.</param>
/// <param name="StoredBytes">Its length in the store.</param>
internal sealed record BackupPart(string Name, long StoredBytes);
