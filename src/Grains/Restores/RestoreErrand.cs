namespace ControlPlane.Grains.Restores;

/// <summary>What a restore is busy with. The phase is what its owner sees; the errand is what the next tick repeats.</summary>
internal enum RestoreErrand
{
    /// <summary>Nothing is left to do.</summary>
    None,

    /// <summary>Asks its cluster for the slot: to begin, or, after a success, to put back what was there.</summary>
    Asking,

    /// <summary>Asks for the backup.</summary>
    Finding,

    /// <summary>Looks at the workload.</summary>
    Looking,

    /// <summary>Has Jobs look at backup and volumes.</summary>
    Planning,

    /// <summary>Stops the workload, and waits until its Pods are gone.</summary>
    Stopping,

    /// <summary>Has Jobs restore the volumes.</summary>
    Restoring,

    /// <summary>Starts the workload as it was, and waits until the database answers.</summary>
    Starting,

    /// <summary>Waits until the Jobs of a restore that is given up are gone.</summary>
    Clearing,

    /// <summary>Has Jobs put back what was there.</summary>
    Undoing,

    /// <summary>Has succeeded, and keeps the previous data until its owner is sure.</summary>
    Holding,

    /// <summary>Has Jobs remove what it left on the volumes.</summary>
    Confirming,

    /// <summary>Says that it goes, and forgets.</summary>
    Forgetting,
}
