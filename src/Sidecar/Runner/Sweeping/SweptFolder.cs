using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sweeping;

/// <summary>One backup's folder as the listing shows it. Kept in a few bytes an object, and never for more than one folder at a time.</summary>
/// <param name="Name">The backup's name.</param>
/// <param name="Uid">Its UID.</param>
internal sealed record SweptFolder(string Name, string Uid)
{
    /// <summary>More than the longest backup with all its attempts can have.</summary>
    internal const int MostSegments = 500_000;

    /// <summary>As its keys have it.</summary>
    internal string Folder => new BackupFolder(Name, Uid).ToString();

    /// <summary>The segments of all attempts.</summary>
    internal List<SweptSegment> Segments { get; } = [];

    /// <summary>When the manifest was written; null where the listing shows none.</summary>
    internal DateTimeOffset? ManifestModified { get; set; }

    /// <summary>The manifest's length.</summary>
    internal long ManifestBytes { get; set; }

    /// <summary>Whether there are more segments than were noted: then nothing is known for sure.</summary>
    internal bool Overflows { get; private set; }

    /// <summary>Notes a segment.</summary>
    internal void Add(SweptSegment segment)
    {
        if (Segments.Count < MostSegments)
            Segments.Add(segment);
        else
            Overflows = true;
    }
}

/// <summary>A segment in the store.</summary>
/// <param name="Place">Where.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="Modified">When it was written, by the store's clock.</param>
internal readonly record struct SweptSegment(SegmentPlace Place, long Bytes, DateTimeOffset Modified);

/// <summary>What became of reading a manifest.</summary>
/// <param name="Named">The segments that it names; null where it could not be read or not be understood.</param>
/// <param name="Faulty">Whether it was read and is no manifest of this backup that this runner understands.</param>
/// <param name="Backup">What it describes; null where it could not be read or not be understood.</param>
internal sealed record ManifestReading(IReadOnlySet<SegmentPlace>? Named, bool Faulty, StoredBackup? Backup = null)
{
    /// <summary>The store does not hand it out now: archived, or not allowed. It is a backup all the same.</summary>
    internal static ManifestReading Unread { get; } = new(null, false);

    /// <summary>It makes no sense.</summary>
    internal static ManifestReading Senseless { get; } = new(null, true);
}
