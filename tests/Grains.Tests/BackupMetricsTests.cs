using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Grains.Tests.Scheduling;

namespace ControlPlane.Grains.Tests;

public sealed class BackupMetricsTests : IDisposable
{
    private static readonly DateTimeOffset First = new(2026, 11, 22, 3, 0, 0, TimeSpan.Zero);

    private readonly BackupMetrics metrics = new();
    private readonly MeterListener listener = new();
    private readonly ConcurrentQueue<string> seen = new();

    public BackupMetricsTests()
    {
        // Other tests have meters of the same name in this process; only ours is listened to.
        listener.InstrumentPublished = (instrument, to) =>
        {
            if (metrics.Owns(instrument))
                to.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => seen.Enqueue($"{instrument.Name}{Told(tags)} {value}"));
        listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) => seen.Enqueue($"{instrument.Name}{Told(tags)} {value}"));
        listener.Start();
    }

    public void Dispose()
    {
        listener.Dispose();
        metrics.Dispose();
    }

    [Fact]
    public void Followed_ADueTime_CountsItAndItsLateness()
    {
        var almanac = Almanac.Of("0 * * * *");
        var before = almanac.State.Schedules;

        metrics.Followed(before, almanac.At(First.AddSeconds(7)).Tick().State.Schedules, _ => TimeSpan.FromSeconds(3));

        Assert.Equal(["controlplane.schedules.due 1", "controlplane.schedules.lateness 4"], seen);
    }

    [Fact]
    public void Followed_WhatWasMissed_CountsAllOfItByItsReason()
    {
        var almanac = Almanac.Of("0 * * * *", schedule => schedule with { MissedRun = MissedRunPolicy.Skip });
        var before = almanac.State.Schedules;
        var next = almanac.At(First.AddHours(6).AddMinutes(20)).Tick().State.Schedules;

        metrics.Followed(before, next, _ => TimeSpan.Zero);
        metrics.Followed(next, next, _ => TimeSpan.Zero);

        Assert.Equal([$"controlplane.schedules.missed reason={Reasons.PlaneAway} 7"], seen);
    }

    [Fact]
    public void Followed_AResourceThatWasMade_CountsNothingAnew()
    {
        var almanac = Almanac.Of("0 * * * *").At(First).Tick();
        var before = almanac.State.Schedules;

        metrics.Followed(before, almanac.Make().State.Schedules, _ => TimeSpan.Zero);

        Assert.Empty(seen);
    }

    [Fact]
    public void Ended_ABackup_CountsByPhaseAndReason()
    {
        metrics.Ended(BackupPhase.Failed, "StorageDenied");

        Assert.Equal(["controlplane.backups.ended phase=Failed reason=StorageDenied 1"], seen);
    }

    [Fact]
    public void Drilled_ARound_CountsItAndItsTimeToRecover()
    {
        var round = new DrillRound { Number = 1, Started = First, Completed = First, Passed = false, Reason = "ManifestMismatch" };

        metrics.Drilled(round);
        metrics.Drilled(round with { Passed = true, Reason = Reasons.Proven, Summary = DrillLife.Found() });

        Assert.Equal(["controlplane.drills.ended outcome=Failed reason=ManifestMismatch 1", "controlplane.drills.ended outcome=Passed reason=Proven 1", "controlplane.drills.recovery 30.5"], seen);
    }

    private static string Told(ReadOnlySpan<KeyValuePair<string, object?>> tags) => string.Concat(tags.ToArray().Select(tag => $" {tag.Key}={tag.Value}"));
}
