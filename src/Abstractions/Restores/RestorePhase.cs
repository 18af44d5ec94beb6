namespace ControlPlane.Abstractions.Restores;

/// <summary>The life of a restore. The same words stand in the resource.</summary>
[GenerateSerializer, Alias("RestorePhase")]
public enum RestorePhase
{
    /// <summary>Waits; the reason says for what.</summary>
    Pending,

    /// <summary>Backup, volumes and workload are looked at; nothing is touched.</summary>
    Planning,

    /// <summary>The workload is being stopped.</summary>
    Stopping,

    /// <summary>The volumes are restored, or what was there is being put back.</summary>
    Restoring,

    /// <summary>The workload is being started.</summary>
    Starting,

    /// <summary>The database answers with the restored data; or, of a dry run, the plan is there.</summary>
    Succeeded,

    /// <summary>Not restored; the message says what the volumes hold.</summary>
    Failed,

    /// <summary>Ended because its owner asked for it; the message says what the volumes hold.</summary>
    Cancelled,
}

/// <summary>What can be said of a phase.</summary>
public static class RestorePhases
{
    /// <summary>Whether nothing follows it, unless the owner of a restore that succeeded wants the previous data back.</summary>
    public static bool IsFinal(this RestorePhase phase) => phase is RestorePhase.Succeeded or RestorePhase.Failed or RestorePhase.Cancelled;
}
