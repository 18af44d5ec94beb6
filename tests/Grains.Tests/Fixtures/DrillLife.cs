using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Drills;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Fixtures;

/// <summary>One drill's state, told one event after another.</summary>
internal sealed class DrillLife
{
    public const string Uid = "5c3d1a7e-0000-4000-8000-000000000001";

    public static readonly DrillKey Key = new(Samples.Member, "shop", "weekly");

    public DrillState State { get; private set; } = new();

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public static DrillSpec Spec(long generation = 1) => new() { Uid = Uid, Generation = generation, Created = Samples.Start, ClusterName = "orders" };

    /// <summary>Every Sunday at five.</summary>
    public static DrillSpec Weekly(long generation = 1) => Spec(generation) with { Schedule = new() { Name = "drill", Cron = "0 5 * * 0", StorageName = "" } };

    public static DrillSummary Found(int faults = 0, params string[] findings) => new()
    {
        BytesDownloaded = 1 << 29,
        BytesOfData = 1 << 30,
        DownloadSeconds = 20,
        PrepareSeconds = 8,
        StartSeconds = 2.5,
        CheckSeconds = 4,
        Tables = 12,
        TablesChecked = 12,
        Rows = 5000,
        Faults = faults,
        Findings = findings,
    };

    public DrillLife Hear(DrillEvent seen)
    {
        State = DrillMachine.Next(Key, State, seen, Now);
        return this;
    }

    public DrillLife After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public DrillLife Apply(DrillSpec? spec = null) => Hear(new DrillEvent.Applied(spec ?? Spec()));

    public DrillLife Admit(string backup = "backup1") => Hear(new DrillEvent.Admitted(new() { Uid = Uid, Cluster = Samples.ClusterSpec(), Backup = backup }));

    public DrillLife Refuse(string reason, TimeSpan? patience) => Hear(new DrillEvent.ToldToWait(new() { Uid = Uid, Reason = reason, Message = "It waits.", Patience = patience }));

    public DrillLife Find(BackupStatus? backup) => Hear(new DrillEvent.BackupSeen(State.Round!.Backup!, backup));

    public DrillLife Find() => Find(RestoreSamples.Backup());

    public DrillLife Tick() => Hear(new DrillEvent.Ticked());

    public DrillLife Gone() => Hear(new DrillEvent.ResourceGone(Uid));

    public DrillLife See(JobState state, string? trouble = null, JobReport? report = null, string? job = null, bool deadline = false) => Hear(new DrillEvent.JobSeen(new()
    {
        Uid = state == JobState.Missing ? "" : Uid,
        Job = job ?? State.Round!.Job!.Name,
        State = state,
        Trouble = trouble,
        Report = report,
        DeadlineExceeded = deadline,
    }));

    /// <summary>The Job tells how it went.</summary>
    public DrillLife Told(JobFault? fault = null, DrillSummary? found = null, string message = "It was so.") => See(
        fault is null ? JobState.Complete : JobState.Failed,
        report: new() { Uid = Uid, Attempt = State.Round!.Job!.Number, Fault = fault, Message = message, Drill = found ?? (fault is null ? Found() : null) });

    /// <summary>The Job that was told to go is gone.</summary>
    public DrillLife Left() => See(JobState.Missing, job: State.Round!.Leaving);

    /// <summary>What the grain does once everything was reported.</summary>
    public DrillLife Report()
    {
        State = State with { StatusOwed = false, NewsOwed = false, ReturnsOwed = [], ProofsOwed = [], EventsOwed = [], JobsToRemove = [] };
        return this;
    }

    public static DrillLife Asking(DrillSpec? spec = null) => new DrillLife().Apply(spec);

    public static DrillLife Finding(DrillSpec? spec = null) => Asking(spec).Admit();

    public static DrillLife Working(DrillSpec? spec = null) => Finding(spec).Find();

    public static DrillLife Passed(DrillSpec? spec = null) => Working(spec).After(TimeSpan.FromMinutes(1)).Told();

    public static DrillLife Failed(DrillSpec? spec = null) =>
        Working(spec).After(TimeSpan.FromMinutes(1)).Told(JobFault.DrillFailed, Found(2, "CHECK TABLE shop.orders: error: Corrupt", "Query 1 has another result than the expected one."));

    public static DrillLife Scheduled() => new DrillLife().Apply(Weekly());

    public static DrillLife Clearing() => Working().Gone();

    public static DrillLife Forgetting() => Passed().Report().Gone();
}
