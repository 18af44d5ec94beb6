using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>A Job of the simulated world.</summary>
internal sealed class SimulatedJob(JobOrder order)
{
    public JobOrder Order => order;

    public JobState State { get; set; } = JobState.Pending;

    public BackupStage? Stage { get; set; }

    public JobReport? Report { get; private set; }

    public JobSighting Sighting => new() { Uid = order.Request.Backup.Uid, Job = order.Job, State = State, Stage = Stage, Report = Report };

    public void End(JobReport? report)
    {
        Report = report;
        State = report is { Fault: null } ? JobState.Complete : JobState.Failed;
    }
}
