using System.Text;
using System.Text.Json;

namespace ControlPlane.Protocol;

/// <summary>
/// What the plane's resources describe of a cluster's place in a storage, to be compared with what lies there. Folders are written as their
/// keys have them, <c>name-uid</c>, and are compared in the order of the keys (<see cref="Order"/>): so a comparison that did not fit into one report
/// goes on where it ended.
/// </summary>
public sealed record StockRequest
{
    /// <summary>The most folders that one request names, so that the document stays far below the limit of an annotation.</summary>
    public const int MaximumFolders = 500;

    /// <summary>Only folders after this one are compared; empty for all.</summary>
    public string After { get; init; } = "";

    /// <summary>Only folders up to this one, with it, are compared; null for all: then there are no more resources than are named here.</summary>
    public string? Until { get; init; }

    /// <summary>Those that must be there, with a manifest and all that it names. With <see cref="Others"/> at most <see cref="MaximumFolders"/>.</summary>
    public IReadOnlyList<string> Expected { get; init; } = [];

    /// <summary>Those that may be there: they have a resource, and are not offered.</summary>
    public IReadOnlyList<string> Others { get; init; } = [];

    /// <summary>Whether every backup without a resource is to be named, page by page; otherwise they are counted, and the newest named.</summary>
    public bool Pages { get; init; }

    /// <summary>The order of folders in a listing: that of their keys, in which a slash follows each.</summary>
    public static int Order(string one, string other) => string.CompareOrdinal(one + "/", other + "/");
}

/// <summary>What came of the comparison.</summary>
public sealed record StockSummary
{
    /// <summary>So many bytes of a report may be taken by <see cref="Missing"/>, and so many by <see cref="Offers"/>: the rest of the report needs its own.</summary>
    public const int MaximumBytes = 1_200;

    /// <summary>So many the backups without a resource may take where they are named page by page.</summary>
    public const int MaximumBytesOfAPage = 2_200;

    /// <summary>How many committed backups have no resource, of those that were compared.</summary>
    public int Offered { get; init; }

    /// <summary>Some of them: the newest, newest first; of a page all, in the order of their folders.</summary>
    public IReadOnlyList<StoredBackup> Offers { get; init; } = [];

    /// <summary>Those that were expected, and of which a look by name found no manifest, or not all that it names.</summary>
    public IReadOnlyList<string> Missing { get; init; } = [];

    /// <summary>The last folder that was compared, after which it is to go on; null when there is nothing after it.</summary>
    public string? Next { get; init; }
}

/// <summary>A backup as its manifest describes it.</summary>
public sealed record StoredBackup
{
    /// <summary>Its folder.</summary>
    public required string Folder { get; init; }

    /// <summary>When its last segment was stored; not said in a page, whose reader learns of it from the import.</summary>
    public DateTimeOffset? Completed { get; init; }

    /// <summary>The length of the tool's stream; likewise.</summary>
    public long? SizeBytes { get; init; }

    /// <summary>The schedule that asked for it; null where somebody did.</summary>
    public string? Schedule { get; init; }

    /// <summary>When it was due by that schedule.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>What it takes in a report.</summary>
    public int Bytes() => Encoding.UTF8.GetByteCount(JsonSerializer.Serialize(this, ProtocolJson.Default.Options)) + 1;
}
