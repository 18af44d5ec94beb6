using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Drills;

/// <summary>What a drill may hear.</summary>
internal abstract record DrillEvent
{
    private DrillEvent()
    {
    }

    /// <summary>A resource was read.</summary>
    internal sealed record Applied(DrillSpec Spec) : DrillEvent;

    /// <summary>A resource could not be read.</summary>
    internal sealed record Refused(ResourceFaults Faults) : DrillEvent;

    /// <summary>The resource is gone.</summary>
    internal sealed record ResourceGone(string Uid) : DrillEvent;

    /// <summary>The cluster gave the slot.</summary>
    internal sealed record Admitted(DrillAdmission Admission) : DrillEvent;

    /// <summary>The cluster did not give it.</summary>
    internal sealed record ToldToWait(BackupRefusal Refusal) : DrillEvent;

    /// <summary>The backup was asked for; null when there is none of the name.</summary>
    internal sealed record BackupSeen(string Name, BackupStatus? Backup) : DrillEvent;

    /// <summary>A Job was seen.</summary>
    internal sealed record JobSeen(JobSighting Sighting) : DrillEvent;

    /// <summary>A Job could not be asked for.</summary>
    internal sealed record JobRefused(string Job, string Message) : DrillEvent;

    /// <summary>All was said; the memory may go.</summary>
    internal sealed record Parted : DrillEvent;

    /// <summary>Time went by.</summary>
    internal sealed record Ticked : DrillEvent;
}
