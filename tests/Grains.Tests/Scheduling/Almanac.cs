using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Scheduling;

/// <summary>One cluster with one schedule, whose time a test lets pass.</summary>
internal sealed class Almanac
{
    private Almanac(ClusterSpec spec, DateTimeOffset start)
    {
        Now = start;
        State = ClusterMachine.Apply(new(), spec);
        Tick();
        State = State with { EventsOwed = [] };
    }

    public ClusterState State { get; private set; }

    public DateTimeOffset Now { get; private set; }

    public ClusterSchedule Schedule => State.Schedules.Single();

    public IReadOnlyList<string> Reasons => [.. State.EventsOwed.Select(happened => happened.Reason)];

    public static Almanac Of(string cron, Func<ScheduleSpec, ScheduleSpec>? change = null, DateTimeOffset? start = null, TimeSpan? startingDeadline = null) =>
        new(Spec(cron, change) with { StartingDeadline = startingDeadline }, start ?? Samples.Start);

    public static ClusterSpec Spec(string cron, Func<ScheduleSpec, ScheduleSpec>? change = null)
    {
        var schedule = new ScheduleSpec { Name = "nightly", Cron = cron, StorageName = "s3-main" };
        return Samples.ClusterSpec() with { Schedules = [change is null ? schedule : change(schedule)] };
    }

    public Almanac After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public Almanac At(DateTimeOffset instant)
    {
        Now = instant;
        return this;
    }

    public Almanac Tick()
    {
        State = ScheduleMachine.Tick(Samples.Cluster, State, Now);
        return this;
    }

    /// <summary>Another generation of the resource, as the grain takes it.</summary>
    public Almanac Apply(ClusterSpec spec)
    {
        var next = ClusterMachine.Apply(ScheduleMachine.Tick(Samples.Cluster, State, Now), spec with { Generation = State.Generation + 1 });
        State = ScheduleMachine.Tick(Samples.Cluster, next, Now);
        return this;
    }

    /// <summary>Every resource that is wanted is made.</summary>
    public Almanac Make()
    {
        foreach (var order in ScheduleMachine.Orders(Samples.Cluster, State).ToList())
            State = ScheduleMachine.Made(State, order.Backup.Name);
        return this;
    }

    public Almanac End(BackupPhase phase = BackupPhase.Succeeded, bool began = true, string reason = "Completed", string? backup = null)
    {
        State = ScheduleMachine.Record(Samples.Cluster, State, new()
        {
            Backup = new(Samples.Member, "shop", backup ?? Schedule.Runs[0].Backup),
            Uid = "b1",
            Phase = phase,
            Completed = Now,
            Reason = reason,
            Message = "It was so.",
            Began = began,
        }, Now);
        return this;
    }
}
