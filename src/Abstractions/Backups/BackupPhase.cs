namespace ControlPlane.Abstractions.Backups;

/// <summary>The life of a backup. The same words stand in the resource.</summary>
[GenerateSerializer, Alias("BackupPhase")]
public enum BackupPhase
{
    /// <summary>Waits; the reason says for what.</summary>
    Pending,

    /// <summary>The Job was asked for.</summary>
    Starting,

    /// <summary>Bytes move.</summary>
    Running,

    /// <summary>The store is read back.</summary>
    Checking,

    /// <summary>Complete and checked.</summary>
    Succeeded,

    /// <summary>Not complete, and not tried again.</summary>
    Failed,

    /// <summary>Ended because its owner asked for it.</summary>
    Cancelled,
}

/// <summary>What can be said of a phase.</summary>
public static class BackupPhases
{
    /// <summary>Whether nothing follows it.</summary>
    public static bool IsFinal(this BackupPhase phase) => phase is BackupPhase.Succeeded or BackupPhase.Failed or BackupPhase.Cancelled;

    /// <summary>Whether a Job is at work.</summary>
    public static bool HasJob(this BackupPhase phase) => phase is BackupPhase.Starting or BackupPhase.Running or BackupPhase.Checking;
}
