namespace ControlPlane.Abstractions.Drills;

/// <summary>How a drill stands: its round at work, else its last one. The same words stand in the resource.</summary>
[GenerateSerializer, Alias("DrillPhase")]
public enum DrillPhase
{
    /// <summary>It never ran: its schedule has not fallen due yet, or it is suspended.</summary>
    Waiting,

    /// <summary>A round is to begin; the reason says what it waits for.</summary>
    Pending,

    /// <summary>A backup is being restored and looked at.</summary>
    Running,

    /// <summary>The last round proved its backup.</summary>
    Succeeded,

    /// <summary>The last round did not; the message says why. Or the resource cannot be read.</summary>
    Failed,
}
