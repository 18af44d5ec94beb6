using System.IO.Hashing;
using System.Text;
using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Grains.Backups;

/// <summary>How long a backup waits for what.</summary>
internal static class BackupPatience
{
    /// <summary>To begin, where the cluster says nothing else.</summary>
    public static readonly TimeSpan Start = TimeSpan.FromHours(24);

    /// <summary>For the cluster's first word, also when the resource is older than its starting deadline.</summary>
    public static readonly TimeSpan FirstWord = TimeSpan.FromMinutes(2);

    /// <summary>For a Job to go once it was told to: the Pods' grace period, and a node that is slow.</summary>
    public static readonly TimeSpan Stop = TimeSpan.FromMinutes(5);

    /// <summary>For all tries of a sweep.</summary>
    public static readonly TimeSpan Sweep = TimeSpan.FromMinutes(30);

    /// <summary>For one Job of a sweep or a rewrap, and of a deletion, which may have millions of objects before it.</summary>
    public static readonly TimeSpan SweepJob = TimeSpan.FromMinutes(10);

    /// <inheritdoc cref="SweepJob"/>
    public static readonly TimeSpan DeleteJob = TimeSpan.FromHours(6);

    /// <summary>After the deadline that the API server itself holds: only then it has to be enforced from here.</summary>
    public static readonly TimeSpan Grace = TimeSpan.FromMinutes(5);

    /// <summary>For a report, once a Job was seen to have ended without one: Job and Pod are watched apart.</summary>
    public static readonly TimeSpan Doubt = TimeSpan.FromSeconds(5);

    /// <summary>How often a sweep is tried.</summary>
    public const int SweepTries = 3;

    private static readonly TimeSpan First = TimeSpan.FromSeconds(10);

    private static readonly TimeSpan LongestRetry = TimeSpan.FromMinutes(6);

    private static readonly TimeSpan LongestRemoval = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan LockWithoutEnd = TimeSpan.FromHours(1);

    private static readonly TimeSpan LongestLock = TimeSpan.FromDays(1);

    private static readonly TimeSpan LongestRewrap = TimeSpan.FromHours(1);

    /// <summary>The pause before the next attempt: 10 seconds, doubling to 6 minutes, up to a fifth longer by the backup's key.</summary>
    public static TimeSpan BeforeRetry(BackupKey key, int step) => BeforeRetry(key.ToString(), step);

    /// <summary>The same for whatever has a key.</summary>
    public static TimeSpan BeforeRetry(string key, int step) => Pause(key, step, LongestRetry);

    /// <summary>The pause before the next removal: the same to 10 minutes.</summary>
    public static TimeSpan BeforeRemoval(BackupKey key, int step) => Pause(key.ToString(), step, LongestRemoval);

    /// <summary>
    /// When a removal that met a lock is tried again: when the lock ends, but at least once a day, since who set it may lift it; every hour where
    /// it has no end that is known.
    /// </summary>
    public static DateTimeOffset AfterLock(BackupKey key, int step, DateTimeOffset? until, DateTimeOffset now) => until switch
    {
        null => now + LockWithoutEnd,
        { } end when end > now + LongestLock => now + LongestLock,
        { } end => (end > now ? end : now) + BeforeRemoval(key, step),
    };

    /// <summary>The pause before the next rewrap: the same to an hour. Nobody waits for it, and most of what fails needs its owner.</summary>
    public static TimeSpan BeforeRewrap(BackupKey key, int step) => Pause(key.ToString(), step, LongestRewrap);

    private static TimeSpan Pause(string key, int step, TimeSpan longest)
    {
        var plain = Math.Min(First.TotalSeconds * Math.Pow(2, Math.Clamp(step - 1, 0, 10)), longest.TotalSeconds / 1.2);

        // The same key and step give the same pause, different ones spread: a store that comes back is not met by all at once.
        var share = XxHash32.HashToUInt32(Encoding.UTF8.GetBytes($"{key}#{step}")) / (double)uint.MaxValue;
        return TimeSpan.FromSeconds(plain * (1 + (0.2 * share)));
    }
}
