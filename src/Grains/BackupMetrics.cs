using System.Diagnostics.Metrics;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Grains.Clusters;

namespace ControlPlane.Grains;

/// <summary>
/// What is counted, over all clusters: a resource's name is never part of it, so that its size does not grow with the fleet. The Events and the
/// status of a resource tell the same of each one.
/// </summary>
internal sealed class BackupMetrics : IDisposable
{
    /// <summary>The meter's name.</summary>
    public const string MeterName = "ControlPlane";

    private readonly Meter meter = new(MeterName);
    private readonly Counter<long> ended;
    private readonly Counter<long> due;
    private readonly Counter<long> missed;
    private readonly Histogram<double> lateness;
    private readonly Counter<long> drilled;
    private readonly Histogram<double> recovery;
    private readonly Counter<long> objectivesMissed;
    private readonly Counter<long> objectivesRegained;

    public BackupMetrics()
    {
        ended = meter.CreateCounter<long>("controlplane.backups.ended", description: "Backups that came to their end, by phase and reason.");
        due = meter.CreateCounter<long>("controlplane.schedules.due", description: "Due times for which a backup was asked for.");
        missed = meter.CreateCounter<long>("controlplane.schedules.missed", description: "Due times for which no backup was taken, by reason.");
        lateness = meter.CreateHistogram<double>(
            "controlplane.schedules.lateness", "s", "By how much the backup of a due time was asked for after that and its jitter.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.1, 0.5, 1, 2, 5, 10, 30, 60, 300, 900, 3600] });
        objectivesMissed = meter.CreateCounter<long>("controlplane.objectives.missed", description: "Objectives of clusters that came to be missed, by objective.");
        objectivesRegained = meter.CreateCounter<long>("controlplane.objectives.regained", description: "Objectives that were missed and are met again, or asked for no longer, by objective.");
        drilled = meter.CreateCounter<long>("controlplane.drills.ended", description: "Rounds of restore drills that came to their end, by outcome and reason.");
        recovery = meter.CreateHistogram<double>(
            "controlplane.drills.recovery", "s", "How long a drill took from the first byte of a backup to its server's first answer.",
            advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [10, 30, 60, 300, 900, 1800, 3600, 7200, 14400, 43200, 86400] });
    }

    /// <summary>Whether an instrument is one of this object's; a test tells it by that from others of the same name.</summary>
    public bool Owns(Instrument instrument) => ReferenceEquals(instrument.Meter, meter);

    /// <summary>A backup came to its end.</summary>
    public void Ended(BackupPhase phase, string reason) => ended.Add(1, new("phase", phase.ToString()), new("reason", reason));

    /// <summary>A round of a drill came to its end.</summary>
    public void Drilled(DrillRound ended)
    {
        drilled.Add(1, new("outcome", ended.Passed ? "Passed" : "Failed"), new("reason", ended.Reason));
        if (ended.RecoverySeconds is { } seconds)
            recovery.Record(seconds);
    }

    /// <summary>How a cluster stands beside its objectives, beside how it stood before.</summary>
    public void Judged(ObjectiveVerdicts? before, ObjectiveVerdicts? next)
    {
        if (before == next)
            return;
        var (earlier, later) = (ObjectivesMachine.Missed(before).ToList(), ObjectivesMachine.Missed(next).ToList());
        foreach (var objective in later.Except(earlier))
            objectivesMissed.Add(1, new KeyValuePair<string, object?>("objective", objective));
        foreach (var objective in earlier.Except(later))
            objectivesRegained.Add(1, new KeyValuePair<string, object?>("objective", objective));
    }

    /// <summary>What a cluster now remembers of its schedules, beside what it remembered before.</summary>
    public void Followed(IReadOnlyList<ClusterSchedule> before, IReadOnlyList<ClusterSchedule> next, Func<ClusterSchedule, TimeSpan> jitter)
    {
        if (ReferenceEquals(before, next))
            return;
        foreach (var schedule in next)
        {
            var earlier = before.FirstOrDefault(one => one.Name == schedule.Name);
            if (schedule.Missed > (earlier?.Missed ?? 0) && earlier is not null)
                missed.Add(schedule.Missed - earlier.Missed, new KeyValuePair<string, object?>("reason", schedule.LastMiss?.Reason));
            foreach (var run in schedule.Runs.Where(run => !run.Made && earlier?.Runs.Any(known => known.Backup == run.Backup) is not true))
            {
                due.Add(1);
                lateness.Record(Math.Max(0, (run.Asked - run.Due - jitter(schedule)).TotalSeconds));
            }
        }
    }

    public void Dispose() => meter.Dispose();
}
