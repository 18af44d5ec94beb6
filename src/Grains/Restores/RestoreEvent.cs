using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;

namespace ControlPlane.Grains.Restores;

/// <summary>What a restore may hear.</summary>
internal abstract record RestoreEvent
{
    private RestoreEvent()
    {
    }

    /// <summary>A resource was read.</summary>
    internal sealed record Applied(RestoreSpec Spec) : RestoreEvent;

    /// <summary>A resource could not be read.</summary>
    internal sealed record Refused(ResourceFaults Faults) : RestoreEvent;

    /// <summary>The resource is gone.</summary>
    internal sealed record ResourceGone(string Uid) : RestoreEvent;

    /// <summary>The cluster gave the slot.</summary>
    internal sealed record Admitted(BackupAdmission Admission) : RestoreEvent;

    /// <summary>The cluster did not give it.</summary>
    internal sealed record ToldToWait(BackupRefusal Refusal) : RestoreEvent;

    /// <summary>The backup was asked for; null when there is none of the name.</summary>
    internal sealed record BackupSeen(BackupStatus? Backup) : RestoreEvent;

    /// <summary>The workload was looked at.</summary>
    internal sealed record WorkloadSeen(WorkloadStanding Standing) : RestoreEvent;

    /// <summary>A Job was seen.</summary>
    internal sealed record JobSeen(JobSighting Sighting) : RestoreEvent;

    /// <summary>A Job could not be asked for.</summary>
    internal sealed record JobRefused(string Job, string Message) : RestoreEvent;

    /// <summary>All was said; the memory may go.</summary>
    internal sealed record Parted : RestoreEvent;

    /// <summary>Time went by.</summary>
    internal sealed record Ticked : RestoreEvent;
}
