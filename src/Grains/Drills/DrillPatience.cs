namespace ControlPlane.Grains.Drills;

/// <summary>How long a drill waits for what.</summary>
internal static class DrillPatience
{
    /// <summary>For the slot of its cluster.</summary>
    public static readonly TimeSpan Start = TimeSpan.FromHours(24);

    /// <summary>For a backup that may just be applied: files come in any order.</summary>
    public static readonly TimeSpan Find = TimeSpan.FromMinutes(1);

    /// <summary>For a Job that the API server does not take, or whose workload is not there.</summary>
    public static readonly TimeSpan Job = TimeSpan.FromMinutes(15);

    /// <summary>For a Job to go once it was told to.</summary>
    public static readonly TimeSpan Stop = TimeSpan.FromMinutes(5);

    /// <summary>Between two looks at what changes by itself.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks at the resource of a drill for which nothing is due.</summary>
    public static readonly TimeSpan Rest = TimeSpan.FromHours(24);

    /// <summary>Between two looks at a Job, in case news of it was lost.</summary>
    public static readonly TimeSpan LookAtJob = TimeSpan.FromSeconds(20);
}
