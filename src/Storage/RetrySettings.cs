namespace ControlPlane.Storage;

/// <summary>How often and how long one request is tried.</summary>
public sealed record RetrySettings
{
    /// <summary>How often a request is sent at most. Default 10: together with the delays a store may be away for a minute.</summary>
    public int Attempts { get; init; } = 10;

    /// <summary>The delay before the second attempt; it doubles from there, with jitter. Default 200 ms.</summary>
    public TimeSpan FirstDelay { get; init; } = TimeSpan.FromMilliseconds(200);

    /// <summary>The longest delay. Default 15 seconds.</summary>
    public TimeSpan LongestDelay { get; init; } = TimeSpan.FromSeconds(15);

    /// <summary>How long a store's own <c>Retry-After</c> is followed at most. Default a minute: a store that asks for more is asked again all the same.</summary>
    public TimeSpan LongestRetryAfter { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// When a request has been tried for this long, the next failure is its last. Default 5 minutes. A try counts for a minute at most: one that
    /// took longer was moving bytes, perhaps no faster than it was let.
    /// </summary>
    public TimeSpan TotalTime { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>One attempt that failed and is made again.</summary>
/// <param name="Attempt">Which one failed, from 1.</param>
/// <param name="Delay">How long is waited before the next.</param>
/// <param name="Trouble">Why it failed.</param>
public sealed record StoreRetry(int Attempt, TimeSpan Delay, ObjectStoreException Trouble);
