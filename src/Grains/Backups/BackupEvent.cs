using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Backups;

/// <summary>What a backup may hear.</summary>
internal abstract record BackupEvent
{
    private BackupEvent()
    {
    }

    /// <summary>A resource was read.</summary>
    internal sealed record Applied(BackupSpec Spec) : BackupEvent;

    /// <summary>A resource could not be read.</summary>
    internal sealed record Refused(ResourceFaults Faults) : BackupEvent;

    /// <summary>The resource is gone.</summary>
    internal sealed record ResourceGone(string Uid) : BackupEvent;

    /// <summary>The cluster gave the slot.</summary>
    internal sealed record Admitted(BackupAdmission Admission) : BackupEvent;

    /// <summary>The cluster's spec changed while it runs.</summary>
    internal sealed record Followed(BackupAdmission Cluster) : BackupEvent;

    /// <summary>Its share of a bandwidth is another one.</summary>
    internal sealed record Shared(string Uid, long? UploadBytesPerSecond) : BackupEvent;

    /// <summary>The cluster did not give it.</summary>
    internal sealed record ToldToWait(BackupRefusal Refusal) : BackupEvent;

    /// <summary>The instances were looked at.</summary>
    internal sealed record Surveyed(ClusterSurvey Survey) : BackupEvent;

    /// <summary>A Job was seen.</summary>
    internal sealed record JobSeen(JobSighting Sighting) : BackupEvent;

    /// <summary>A Job could not be asked for.</summary>
    internal sealed record JobRefused(string Job, string Message) : BackupEvent;

    /// <summary>A Job was told to go, and the API server has heard it.</summary>
    internal sealed record JobTold(string Job) : BackupEvent;

    /// <summary>Retention lets it go.</summary>
    internal sealed record Expired(BackupExpiry Expiry) : BackupEvent;

    /// <summary>Its data was removed with others'.</summary>
    internal sealed record Pruned(string Uid) : BackupEvent;

    /// <summary>The store was looked through for its data.</summary>
    internal sealed record DataSeen(DataSighting Sighting) : BackupEvent;

    /// <summary>A restore or a drill reads it from now on.</summary>
    internal sealed record Lent(string Reader) : BackupEvent;

    /// <summary>It reads it no longer.</summary>
    internal sealed record Returned(string Reader) : BackupEvent;

    /// <summary>A drill found out whether it can be restored.</summary>
    internal sealed record Proven(BackupProof Proof) : BackupEvent;

    /// <summary>The catalogue finds it unusual.</summary>
    internal sealed record Compared(BackupAnomalies Anomalies) : BackupEvent;

    /// <summary>The finalizer is off.</summary>
    internal sealed record Released : BackupEvent;

    /// <summary>All was said; the memory may go.</summary>
    internal sealed record Parted : BackupEvent;

    /// <summary>Time went by.</summary>
    internal sealed record Ticked : BackupEvent;
}
