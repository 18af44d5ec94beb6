namespace ControlPlane.Grains.Restores;

/// <summary>How long a restore waits for what.</summary>
internal static class RestorePatience
{
    /// <summary>For a backup or a workload that may just be applied: files come in any order.</summary>
    public static readonly TimeSpan Find = TimeSpan.FromMinutes(1);

    /// <summary>For one Job that only looks, or that moves and removes what is there.</summary>
    public static readonly TimeSpan ShortJob = TimeSpan.FromMinutes(15);

    /// <summary>How often a plan is made again for a store that does not answer: for more than a minute.</summary>
    public const int PlansAgain = 3;

    /// <summary>For the Pods of the workload to go: a large server takes its time to write what it has in memory.</summary>
    public static readonly TimeSpan Stop = TimeSpan.FromMinutes(30);

    /// <summary>For the database to answer with its restored data: it may upgrade them.</summary>
    public static readonly TimeSpan Start = TimeSpan.FromMinutes(30);

    /// <summary>For a database that answers to have the backup's GTID set too. Its data were compared with the manifest by then, so that they stay in any case.</summary>
    public static readonly TimeSpan GtidSet = TimeSpan.FromMinutes(2);

    /// <summary>For the database to answer once everything was put back; then the restore ends all the same.</summary>
    public static readonly TimeSpan StartAgain = TimeSpan.FromMinutes(10);

    /// <summary>For putting back what was there, with all its tries.</summary>
    public static readonly TimeSpan PutBack = TimeSpan.FromHours(24);

    /// <summary>How long the previous data stay where nobody confirms.</summary>
    public static readonly TimeSpan Hold = TimeSpan.FromHours(24);

    /// <summary>Between two looks at what changes by itself.</summary>
    public static readonly TimeSpan Look = TimeSpan.FromSeconds(3);

    /// <summary>Between two looks at a Job, in case news of it was lost.</summary>
    public static readonly TimeSpan LookAtJob = TimeSpan.FromSeconds(20);
}
