using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>A Job of the simulated world.</summary>
internal sealed class SimulatedJob(JobOrder order)
{
    public JobOrder Order => order;

    public JobState State { get; set; } = JobState.Pending;

    /// <summary>Since when it has been told to go.</summary>
    public DateTimeOffset? LeavesSince { get; set; }

    /// <summary>Whether it was told to go.</summary>
    public bool Leaves => LeavesSince is not null;

    public BackupStage? Stage { get; set; }

    public JobReport? Report { get; private set; }

    public JobSighting Sighting => new() { Uid = order.Request.Backup.Uid, Job = order.Job, State = Leaves && Report is null ? JobState.Stopping : State, Stage = Stage, Report = Report, HasEnded = State is JobState.Complete or JobState.Failed };

    public void End(JobReport? report)
    {
        Report = report;
        State = report is { Fault: null } ? JobState.Complete : JobState.Failed;
    }
}
