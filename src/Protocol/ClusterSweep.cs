namespace ControlPlane.Protocol;

/// <summary>What a <see cref="JobOperation.SweepCluster"/> may take for remains.</summary>
public sealed record SweepRequest
{
    /// <summary>The most UIDs that a request names, so that the document stays far below the limit of an annotation.</summary>
    public const int MaximumKnownUids = 128;

    /// <summary>The shortest safe age in seconds.</summary>
    public const long ShortestAgeSeconds = 1;

    /// <summary>
    /// When it was asked for, by the plane's clock. Ages are counted back from this instant or the runner's own, whichever is earlier: no
    /// single clock that is ahead makes a running attempt's objects old.
    /// </summary>
    public required DateTimeOffset Asked { get; init; }

    /// <summary>What is younger is left alone, in seconds, at least <see cref="ShortestAgeSeconds"/>. It must be longer than any attempt may last.</summary>
    public required long SafeAgeSeconds { get; init; }

    /// <summary>
    /// The UIDs of backups that the plane knows of as wanted or at work; nothing of theirs is touched, however old. At most
    /// <see cref="MaximumKnownUids"/>: where there are more, the safe age alone protects the others.
    /// </summary>
    public IReadOnlyList<string> KnownUids { get; init; } = [];

    /// <summary>Whether nothing is removed, and the report says what would be.</summary>
    public bool OnlyReports { get; init; }

    /// <summary>What is to be compared with the resources; null for nothing. An older runner leaves it out, and says nothing of it.</summary>
    public StockRequest? Stock { get; init; }
}

/// <summary>What was found under a cluster's prefix. How many objects were removed stands in <see cref="JobReport.ObjectsRemoved"/>.</summary>
public sealed record SweepSummary
{
    /// <summary>The most names in each of the lists.</summary>
    public const int MaximumNames = 3;

    /// <summary>The longest name in the lists, in characters; a longer one is cut.</summary>
    public const int MaximumNameLength = 100;

    /// <summary>Backups with a manifest and all that it names. None of them is touched.</summary>
    public int Backups { get; init; }

    /// <summary>The bytes of the removed objects.</summary>
    public long BytesRemoved { get; init; }

    /// <summary>Unfinished uploads that were given up.</summary>
    public int UploadsGivenUp { get; init; }

    /// <summary>Objects and unfinished uploads of no backup that were left because they are younger than the safe age, or of a backup that the plane knows.</summary>
    public long Left { get; init; }

    /// <summary>Objects and unfinished uploads that are none of ours. They are never touched.</summary>
    public long Strangers { get; init; }

    /// <summary>The first of their keys, at most <see cref="MaximumNames"/>.</summary>
    public IReadOnlyList<string> StrangerKeys { get; init; } = [];

    /// <summary>Manifests that name data which is not there, or that cannot be understood.</summary>
    public int Damaged { get; init; }

    /// <summary>The first of these backups, by name and UID, at most <see cref="MaximumNames"/>.</summary>
    public IReadOnlyList<string> DamagedBackups { get; init; } = [];

    /// <summary>Whether nothing was removed, and the figures say what would have been.</summary>
    public bool OnlyReported { get; init; }

    /// <summary>What came of comparing it with the resources; null where that was not asked for.</summary>
    public StockSummary? Stock { get; init; }
}
