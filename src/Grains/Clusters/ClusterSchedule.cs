namespace ControlPlane.Grains.Clusters;

/// <summary>What is remembered of one schedule.</summary>
internal sealed record ClusterSchedule
{
    /// <summary>Its name.</summary>
    public required string Name { get; init; }

    /// <summary>The text and time zone that <see cref="Due"/> was reckoned by; empty while the schedule is stopped.</summary>
    public string Uses { get; init; } = "";

    /// <summary>The next due time, its jitter left out of account; null while it is stopped, or when there is none any more.</summary>
    public DateTimeOffset? Due { get; init; }

    /// <summary>A due time that is made up for.</summary>
    public ScheduleCatchUp? CatchUp { get; init; }

    /// <summary>Due times whose backups have not ended, oldest first; at most two.</summary>
    public IReadOnlyList<ScheduledRun> Runs { get; init; } = [];

    /// <summary>The newest due time that came.</summary>
    public DateTimeOffset? LastDue { get; init; }

    /// <summary>What came of it.</summary>
    public string LastOutcome { get; init; } = "";

    /// <summary>How many were missed, ever.</summary>
    public long Missed { get; init; }

    /// <summary>The last ones that were.</summary>
    public ScheduleMiss? LastMiss { get; init; }

    /// <summary>Why it cannot be read any more; empty when it can.</summary>
    public string Unreadable { get; init; } = "";
}

/// <summary>A due time that is made up for.</summary>
/// <param name="Due">Which.</param>
/// <param name="At">When.</param>
internal sealed record ScheduleCatchUp(DateTimeOffset Due, DateTimeOffset At);

/// <summary>A due time whose backup has not ended.</summary>
/// <param name="Due">Which.</param>
/// <param name="Backup">The name of the backup's resource.</param>
/// <param name="Asked">When it was decided to ask for it.</param>
/// <param name="Made">Whether the API server is known to have the resource.</param>
/// <param name="Trouble">Why it does not; empty when it does, or was not asked yet.</param>
internal sealed record ScheduledRun(DateTimeOffset Due, string Backup, DateTimeOffset Asked, bool Made = false, string Trouble = "");

/// <summary>Due times that were missed together.</summary>
/// <param name="Count">How many.</param>
/// <param name="From">The oldest.</param>
/// <param name="Until">The newest.</param>
/// <param name="Reason">One word.</param>
/// <param name="Message">Why, the end of a sentence.</param>
internal sealed record ScheduleMiss(long Count, DateTimeOffset From, DateTimeOffset Until, string Reason, string Message);
