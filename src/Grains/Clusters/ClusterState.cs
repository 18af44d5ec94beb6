using System.Text.Json.Serialization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters;

/// <summary>All that a cluster remembers. Stored as JSON: members may be added, never renamed.</summary>
internal sealed record ClusterState
{
    /// <summary>The form that this code writes.</summary>
    public const int CurrentSchema = 1;

    public int SchemaVersion { get; init; } = CurrentSchema;

    /// <summary>The resource's UID; empty when there is no resource.</summary>
    public string Uid { get; init; } = "";

    /// <summary>The generation that was last read, good or not.</summary>
    public long Generation { get; init; }

    /// <summary>The last good spec.</summary>
    public ClusterSpec? Spec { get; init; }

    /// <summary>What policies had a part in it; apart from it, since it is only shown. Null where none selects the cluster.</summary>
    public EffectiveSettings? Effective { get; init; }

    /// <summary>The drills that have a resource by this plane, or may have one.</summary>
    public IReadOnlyList<string> DrillsKept { get; init; } = [];

    /// <summary>The faults of the last generation; empty when it is in force.</summary>
    public IReadOnlyList<string> Faults { get; init; } = [];

    /// <summary>How the workload was last seen to stand.</summary>
    public WorkloadSighting? Sighting { get; init; }

    /// <summary>Who has the slot: one backup or restore of a cluster runs at a time.</summary>
    public ClusterSlot? Running { get; init; }

    /// <summary>Who is being imported: one after another, beside whoever runs.</summary>
    public ClusterSlot? Importing { get; init; }

    /// <summary>Whose round is at work: one drill of a cluster at a time, beside whoever runs.</summary>
    public ClusterSlot? Drilling { get; init; }

    /// <summary>How the last round of each drill ended, newest first.</summary>
    public IReadOnlyList<DrillResult> Drilled { get; init; } = [];

    /// <summary>The last round of any drill that proved a backup.</summary>
    public DrillResult? Proven { get; init; }

    /// <summary>How long the last restore took that told; null before one did.</summary>
    public RestorePace? Restored { get; init; }

    /// <summary>The newest good backup that a drill proved; null when none is known.</summary>
    public GoodBackup? ProvenBackup { get; init; }

    /// <summary>How it stands with the objectives; null without any.</summary>
    public ObjectiveVerdicts? Objectives { get; init; }

    /// <summary>Who waits for one of these: restores first, and else in the order of creation.</summary>
    public IReadOnlyList<ClusterWaiter> Waiting { get; init; } = [];

    /// <summary>The newest good backups, newest first.</summary>
    public IReadOnlyList<GoodBackup> Good { get; init; } = [];

    /// <summary>A spec whose workload is yet to be given back as it was.</summary>
    public ClusterSpec? Releasing { get; init; }

    /// <summary>The sweeps of the spec's storages, one for each, in the order of their names.</summary>
    public IReadOnlyList<ClusterSweep> Sweeps { get; init; } = [];

    /// <summary>The spec's schedules, in its order.</summary>
    public IReadOnlyList<ClusterSchedule> Schedules { get; init; } = [];

    /// <summary>How retention stands, as it last told; null before its first word.</summary>
    public RetentionStatus? Retention { get; init; }

    /// <summary>When retention wants to be asked next; null for each tick.</summary>
    public DateTimeOffset? RetentionDue { get; init; }

    /// <summary>The last word by which the owner asked for a sweep.</summary>
    public string SweepWord { get; init; } = "";

    /// <summary>The last import of everything; null where none was asked for.</summary>
    public ClusterImport? Import { get; init; }

    /// <summary>The last word by which the owner asked for one.</summary>
    public string ImportWord { get; init; } = "";

    /// <summary>Since when its member is away; null while it is not.</summary>
    public DateTimeOffset? MemberAway { get; init; }

    public IReadOnlyList<Condition> Conditions { get; init; } = [];

    /// <summary>Whether the status is yet to be shown.</summary>
    public bool StatusOwed { get; init; }

    /// <summary>Events that are yet to be recorded.</summary>
    public IReadOnlyList<ResourceEvent> EventsOwed { get; init; } = [];

    /// <summary>Who has a slot, and for what.</summary>
    public IEnumerable<(SlotUse Use, ClusterSlot Slot)> Held()
    {
        if (Running is not null)
            yield return (Running.IsRestore ? SlotUse.Restore : SlotUse.Backup, Running);
        if (Importing is not null)
            yield return (SlotUse.Import, Importing);
        if (Drilling is not null)
            yield return (SlotUse.Drill, Drilling);
    }

    /// <summary>Whether there is nothing worth remembering.</summary>
    public bool IsEmpty => Uid.Length == 0 && !Held().Any() && Waiting.Count == 0 && Releasing is null;
}

/// <summary>What is remembered of sweeping one storage.</summary>
internal sealed record ClusterSweep
{
    /// <summary>The storage's name.</summary>
    public required string Storage { get; init; }

    /// <summary>When the next one begins.</summary>
    public required DateTimeOffset Due { get; init; }

    /// <summary>The number of the last one: the minute in which it was asked for, since 1970, so that it stays new when this state was lost.</summary>
    public int Number { get; init; }

    /// <summary>The Job that is at it; null when none is.</summary>
    public string? Job { get; init; }

    /// <summary>When that Job was asked for.</summary>
    public DateTimeOffset Asked { get; init; }

    /// <summary>Whether it only reports.</summary>
    public bool OnlyReports { get; init; }

    /// <summary>Whether the owner wants one now.</summary>
    public bool Wished { get; init; }

    /// <summary>Whether that one is to report only.</summary>
    public bool WishedReport { get; init; }

    /// <summary>Failures in a row.</summary>
    public int Failures { get; init; }

    /// <summary>Why the last one failed: a reason and a message; null when it did not.</summary>
    public string? Reason { get; init; }

    /// <inheritdoc cref="Reason"/>
    public string Message { get; init; } = "";

    /// <summary>When the last one ended that looked through everything.</summary>
    public DateTimeOffset? Completed { get; init; }

    /// <summary>What it found.</summary>
    public SweepSummary? Found { get; init; }

    /// <summary>How many objects it removed, or would have.</summary>
    public long ObjectsRemoved { get; init; }

    /// <summary>How the storage compares with the resources; null until a sweep said.</summary>
    public StockTaken? Stock { get; init; }

    /// <summary>The folder after which the comparison goes on, in a Job that only reports; empty when there is none to go on.</summary>
    public string After { get; init; } = "";

    /// <summary>What the last Job said of backups that were expected, yet to be told to the catalogue.</summary>
    public StockFindings? Untold { get; init; }
}

/// <summary>How a storage compares with the resources.</summary>
/// <param name="Offered">Whole backups without a resource.</param>
/// <param name="Newest">The newest of them.</param>
/// <param name="Missing">Good backups that were looked for in vain.</param>
internal sealed record StockTaken(int Offered, IReadOnlyList<StoredBackup> Newest, int Missing)
{
    /// <summary>So many of the newest are shown.</summary>
    public const int MostNewest = 10;

    /// <summary>What is known once a further part was compared.</summary>
    public StockTaken With(StockSummary part) => new(
        Offered + part.Offered,
        [.. Newest.Concat(part.Offers).OrderByDescending(backup => backup.Completed).ThenBy(backup => backup.Folder, StringComparer.Ordinal).Take(MostNewest)],
        Missing + part.Missing.Count);
}

/// <summary>What a slot is wanted or held for.</summary>
internal enum SlotUse
{
    /// <summary>A backup is to be taken.</summary>
    Backup,

    /// <summary>A backup is to be imported.</summary>
    Import,

    /// <summary>A backup is to be restored into the cluster's volumes.</summary>
    Restore,

    /// <summary>A backup is to be proven.</summary>
    Drill,
}

/// <summary>Who has a slot.</summary>
/// <param name="Backup">The key: a backup's, and a restore's or a drill's where it is for that.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="IsRestore">Whether what runs is a restore.</param>
/// <param name="Place">The number of its place in the fleet's budgets; 0 for none.</param>
internal sealed record ClusterSlot(string Backup, string Uid, bool IsRestore = false, long Place = 0);

/// <summary>Who waits for a slot.</summary>
/// <param name="Backup">The key: a backup's, and a restore's or a drill's where it is for that.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="StorageName">The storage it names.</param>
/// <param name="Created">When its resource was made.</param>
/// <param name="ImportFrom">The folder that it is to be imported from; null for what is no import.</param>
/// <param name="IsRestore">Whether it is a restore, which names no storage.</param>
/// <param name="Drill">Which backup a drill is to take; null for what is none.</param>
internal sealed record ClusterWaiter(
    string Backup, string Uid, string StorageName, DateTimeOffset Created, BackupFolder? ImportFrom = null, bool IsRestore = false, BackupChoice? Drill = null)
{
    /// <summary>What it waits for.</summary>
    [JsonIgnore]
    public SlotUse Use => Drill is not null ? SlotUse.Drill : IsRestore ? SlotUse.Restore : ImportFrom is not null ? SlotUse.Import : SlotUse.Backup;

    /// <summary>Whether a schedule asked for it.</summary>
    public bool Scheduled { get; init; }

    /// <summary>The node of the source Pod, as it was last chosen; null before.</summary>
    public string? Node { get; init; }

    /// <summary>The bucket that a restore reads; null where that is not known.</summary>
    public BucketPlace? Place { get; init; }
}

/// <summary>A good backup, as the catalogue has it.</summary>
/// <param name="Name">Its resource.</param>
/// <param name="Uid">Its UID.</param>
/// <param name="Time">When it was complete.</param>
/// <param name="SizeBytes">Its length.</param>
/// <param name="ImportedFrom">The folder of one that was imported; null for one that lies under its own name and UID.</param>
internal sealed record GoodBackup(string Name, string Uid, DateTimeOffset Time, long SizeBytes, BackupFolder? ImportedFrom = null)
{
    /// <summary>The UID in its folder's name.</summary>
    public string FolderUid => ImportedFrom?.Uid ?? Uid;
}
