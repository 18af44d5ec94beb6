namespace ControlPlane.Grains.Drills;

/// <summary>What a drill is busy with. The phase is what its owner sees; the errand is what the next tick repeats.</summary>
internal enum DrillErrand
{
    /// <summary>no round is at work.</summary>
    None,

    /// <summary>Asks its cluster for the slot, and for a backup.</summary>
    Asking,

    /// <summary>Asks for the backup.</summary>
    Finding,

    /// <summary>Has a Job restore it and look at it.</summary>
    Working,

    /// <summary>Waits until its last Job is gone, since its resource is.</summary>
    Clearing,

    /// <summary>Says that it goes, and forgets.</summary>
    Forgetting,
}
