namespace ControlPlane.Abstractions.Fleet;

/// <summary>What wants to run, in the order in which places are given.</summary>
[GenerateSerializer, Alias("WorkKind")]
public enum WorkKind
{
    /// <summary>A restore.</summary>
    Restore,

    /// <summary>A backup that somebody asked for.</summary>
    OnDemand,

    /// <summary>A backup that a schedule asked for.</summary>
    Scheduled,

    /// <summary>A round of a drill.</summary>
    Drill,
}

/// <summary>Questions about kinds of work.</summary>
public static class WorkKinds
{
    /// <summary>Whether the clock asks for it: it can wait for a better hour.</summary>
    public static bool IsByTheClock(this WorkKind kind) => kind is WorkKind.Scheduled or WorkKind.Drill;

    /// <summary>What many of them are called where they are counted: <c>backups</c>, <c>restores</c> or <c>drills</c>.</summary>
    public static string Plural(this WorkKind kind) => kind switch
    {
        WorkKind.Restore => "restores",
        WorkKind.Drill => "drills",
        _ => "backups",
    };
}
