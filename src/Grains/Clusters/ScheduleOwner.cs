using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters;

/// <summary>Whose a schedule is, as far as the schedule has to know: so that backups and drills fall due by one road.</summary>
internal sealed record ScheduleOwner
{
    /// <summary>The owner's key: what jitter and catching up spread by.</summary>
    public required string Key { get; init; }

    /// <summary>The events of the owner's resource.</summary>
    public required ResourceEvents Events { get; init; }

    /// <summary>What events begin with.</summary>
    public string Label { get; init; } = "";

    /// <summary>Whether anything of the owner's may fall due.</summary>
    public required bool IsActive { get; init; }

    /// <summary>How late what is due may still begin; null for no limit.</summary>
    public TimeSpan? StartingDeadline { get; init; }

    /// <summary>What the status of an earlier life says of the schedule; null for nothing.</summary>
    public ScheduleStatus? Recorded { get; init; }

    /// <summary>What falls due: <c>backup</c>, for example.</summary>
    public required string Noun { get; init; }

    /// <summary>How one of these is called in a sentence, by its name.</summary>
    public required Func<string, string> Describe { get; init; }

    /// <summary>The name of what falls due at an instant, so that asking twice finds the same one.</summary>
    public required Func<DateTimeOffset, string> NameFor { get; init; }

    /// <summary>The event of one that falls due.</summary>
    public required string DueReason { get; init; }

    /// <summary>Why a due time is missed while an earlier one has not ended.</summary>
    public required string BusyReason { get; init; }

    /// <summary>Why a due time was missed that nobody acted on.</summary>
    public ScheduleAbsence Absence { get; init; } = ScheduleAbsence.OfPlane;

    /// <summary>A cluster, for one of its schedules.</summary>
    public static ScheduleOwner Of(ClusterKey key, string uid, ClusterSpec spec, ScheduleSpec wanted, DateTimeOffset now) => new()
    {
        Key = key.ToString(),
        Events = new("MySQLCluster", key.Member, key.Namespace, key.Name, uid, now),
        Label = $"Schedule '{wanted.Name}': ",
        IsActive = spec is { BackupEnabled: true, Suspended: false },
        StartingDeadline = spec.StartingDeadline,
        Recorded = spec.RecordedSchedules.FirstOrDefault(one => one.Name == wanted.Name),
        Noun = "backup",
        Describe = name => $"backup '{name}'",
        NameFor = due => BackupOrder.NameFor(key.Name, wanted.Name, due),
        DueReason = Reasons.BackupDue,
        BusyReason = Reasons.BackupRunning,
    };
}

/// <summary>Why nobody acted when something fell due.</summary>
/// <param name="Reason">One word of <see cref="Reasons"/>.</param>
/// <param name="Said">The same as the beginning of a sentence.</param>
internal sealed record ScheduleAbsence(string Reason, string Said)
{
    /// <summary>No silo ran, or none could act.</summary>
    public static readonly ScheduleAbsence OfPlane = new(Reasons.PlaneAway, "the control plane did not act");
}
