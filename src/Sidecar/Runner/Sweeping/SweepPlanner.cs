namespace ControlPlane.Sidecar.Runner.Sweeping;

/// <summary>Decides what of a listing is remains. Pure; in doubt nothing is.</summary>
internal static class SweepPlanner
{
    /// <summary>What may be done about one backup's folder.</summary>
    /// <param name="rules">What counts as old, and who is known.</param>
    /// <param name="folder">What lies there.</param>
    /// <param name="manifest">What its manifest says; null where there is none.</param>
    internal static FolderPlan Plan(SweepRules rules, SweptFolder folder, ManifestReading? manifest) => (folder.Overflows, manifest) switch
    {
        (true, _) => new() { Finding = FolderFinding.Damaged },
        (_, null) => WithoutManifest(rules, folder),
        (_, { Faulty: true } or { Named.Count: 0 }) => new() { Finding = FolderFinding.Damaged },
        (_, { Named: null }) => new() { Finding = FolderFinding.Backup },
        (_, { Named: { } named }) => WithManifest(rules, folder, named),
    };

    /// <summary>What may be done about an upload that never ended.</summary>
    /// <param name="rules">What counts as old, and who is known.</param>
    /// <param name="place">What its key stands for; null for one that is none of ours.</param>
    /// <param name="started">When it was begun; null where nobody knows.</param>
    internal static UploadFinding Judge(SweepRules rules, BackupPlace? place, DateTimeOffset? started) => place switch
    {
        null => UploadFinding.Stranger,
        { Uid: var uid } when !rules.Knows(uid) && rules.IsOld(started) => UploadFinding.Remains,
        _ => UploadFinding.Left,
    };

    // One young object says that somebody may be at work: then the older ones are part of that work.
    private static FolderPlan WithoutManifest(SweepRules rules, SweptFolder folder) =>
        rules.Knows(folder.Uid) || folder.Segments.Any(segment => !rules.IsOld(segment.Modified))
            ? new() { Finding = FolderFinding.Left, Left = folder.Segments.Count }
            : new() { Finding = FolderFinding.Remains, Remove = folder.Segments };

    private static FolderPlan WithManifest(SweepRules rules, SweptFolder folder, IReadOnlySet<SegmentPlace> named)
    {
        var found = folder.Segments.Count(segment => named.Contains(segment.Place));
        if (found < named.Count)
        {
            // With a part of its data it may still be worth something to somebody. With none it only promises what is not there.
            var hollow = folder.Segments.Count == 0 && !rules.Knows(folder.Uid) && rules.IsOld(folder.ManifestModified);
            return new() { Finding = FolderFinding.Damaged, RemoveManifest = hollow };
        }

        var attempts = named.Select(place => place.Attempt).ToHashSet();
        var others = folder.Segments.Where(segment => !attempts.Contains(segment.Place.Attempt)).ToList();
        var remains = others.Where(segment => !rules.Knows(folder.Uid) && rules.IsOld(segment.Modified)).ToList();
        return new()
        {
            Finding = FolderFinding.Backup,
            Remove = remains,
            Left = others.Count - remains.Count,

            // No runner of ours writes beside what its manifest names.
            Strangers = [.. folder.Segments.Where(segment => attempts.Contains(segment.Place.Attempt) && !named.Contains(segment.Place)).Select(segment => segment.Place)],
        };
    }
}

/// <summary>By what it is judged.</summary>
/// <param name="OldBefore">What was written before this instant is old.</param>
/// <param name="KnownUids">The backups that the plane knows of.</param>
internal sealed record SweepRules(DateTimeOffset OldBefore, IReadOnlySet<string> KnownUids)
{
    /// <summary>Whether nobody can be at work on it any more.</summary>
    internal bool IsOld(DateTimeOffset? written) => written < OldBefore;

    /// <summary>Whether it is the plane's to decide, not the sweep's.</summary>
    internal bool Knows(string uid) => KnownUids.Contains(uid);
}

/// <summary>What a folder is.</summary>
internal enum FolderFinding
{
    /// <summary>A backup with all that its manifest names.</summary>
    Backup,

    /// <summary>A manifest without all its data, or one that makes no sense, or more than any backup has.</summary>
    Damaged,

    /// <summary>No backup, and nobody's any more.</summary>
    Remains,

    /// <summary>No backup, but perhaps one in the making.</summary>
    Left,
}

/// <summary>What an unfinished upload is.</summary>
internal enum UploadFinding
{
    /// <summary>Nobody's any more.</summary>
    Remains,

    /// <summary>Perhaps still at work.</summary>
    Left,

    /// <summary>None of ours.</summary>
    Stranger,
}

/// <summary>What is to be done about a folder.</summary>
internal sealed record FolderPlan
{
    /// <summary>What it is.</summary>
    internal required FolderFinding Finding { get; init; }

    /// <summary>The segments that go.</summary>
    internal IReadOnlyList<SweptSegment> Remove { get; init; } = [];

    /// <summary>Whether the manifest goes: it names nothing that is there.</summary>
    internal bool RemoveManifest { get; init; }

    /// <summary>How many segments of no backup stay.</summary>
    internal long Left { get; init; }

    /// <summary>Segments that cannot be ours.</summary>
    internal IReadOnlyList<SegmentPlace> Strangers { get; init; } = [];
}
