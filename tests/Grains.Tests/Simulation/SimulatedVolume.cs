using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>A data volume of the simulated world, with the data plane's journal as <c>docs/restore.md</c> has it.</summary>
internal sealed class SimulatedVolume
{
    /// <summary>What the data directory holds.</summary>
    public VolumeHolds Holds { get; private set; } = VolumeHolds.Previous;

    /// <summary>Whether a restore began here.</summary>
    public bool Begun { get; private set; }

    /// <summary>Whether the previous data are gone.</summary>
    public bool Gone { get; private set; }

    /// <summary>Whether a server may run on it.</summary>
    public bool IsWhole => Holds is VolumeHolds.Previous or VolumeHolds.Restored;

    /// <summary>One step of a Job; the report once it is done.</summary>
    public JobReport? Step(JobOrder order, PreviousData plan)
    {
        var restore = order.Request.Restore!;
        switch (order.Request.Operation)
        {
            case JobOperation.PlanRestore:
                return Report(order) with { Plan = Fixtures.RestoreSamples.Plan(plan), Volume = null };
            case JobOperation.UndoRestore when Begun && Gone:
                return Report(order) with { Fault = JobFault.PreviousMissing, Message = "They are gone." };
            case JobOperation.UndoRestore:
                (Holds, Begun) = (VolumeHolds.Previous, false);
                return Report(order);
            case JobOperation.ConfirmRestore:
                (Begun, Gone) = (false, true);
                return Report(order);
            default:
                return Restore(order, restore.Volume!.Previous);
        }
    }

    public JobReport Fail(JobOrder order, JobFault fault) => Report(order) with { Fault = fault, Message = "It was so." };

    private JobReport? Restore(JobOrder order, PreviousData previous)
    {
        if (Begun && Holds == VolumeHolds.Restored)
        {
            Gone |= previous == PreviousData.DropAfterwards;
            return Report(order);
        }

        if (!Begun)
            (Begun, Gone, Holds) = (true, previous == PreviousData.DeleteFirst, previous == PreviousData.DeleteFirst ? VolumeHolds.Unfinished : VolumeHolds.Previous);
        else
            Holds = Holds == VolumeHolds.Unfinished && !Gone ? VolumeHolds.Restored : Gone ? VolumeHolds.Restored : VolumeHolds.Unfinished;
        return null;
    }

    private JobReport Report(JobOrder order) => new()
    {
        Uid = order.Request.Backup.Uid,
        Attempt = order.Request.Attempt,
        Volume = new() { Volume = order.Volume!.Claim, Holds = Begun || Holds != VolumeHolds.Previous ? Holds : VolumeHolds.Unknown, PreviousKept = Begun && !Gone },
    };
}
