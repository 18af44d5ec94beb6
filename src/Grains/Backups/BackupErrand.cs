namespace ControlPlane.Grains.Backups;

/// <summary>What a backup is busy with. The phase is what its owner sees; the errand is what the next tick repeats.</summary>
internal enum BackupErrand
{
    /// <summary>Nothing is left to do.</summary>
    None,

    /// <summary>Asks its cluster for the slot.</summary>
    Asking,

    /// <summary>Holds the slot and looks for a source, or waits for the time of the next attempt.</summary>
    Choosing,

    /// <summary>Has its Job at work.</summary>
    Working,

    /// <summary>Waits until the Job of a failed attempt is gone, before the next one.</summary>
    Clearing,

    /// <summary>Waits until its Job is gone, to come to an end.</summary>
    Stopping,

    /// <summary>Has a Job remove what ended attempts left behind.</summary>
    Sweeping,

    /// <summary>Has a Job remove its data.</summary>
    Removing,

    /// <summary>Takes off the finalizer.</summary>
    Releasing,

    /// <summary>Says that it goes, and forgets.</summary>
    Forgetting,

    /// <summary>Is good, and has a Job wrap its data key anew.</summary>
    Rewrapping,

    /// <summary>Has a Job look whether what it is to be imported from is a whole backup.</summary>
    Importing,
}
