namespace ControlPlane.Operator.Watching;

/// <summary>Pauses that double, each cut by chance to between a half and the whole, so that many who failed together do not come back together.</summary>
internal sealed class Backoff(TimeSpan shortest, TimeSpan longest, Random chance)
{
    private int failures;

    /// <summary>The next pause.</summary>
    public TimeSpan Next()
    {
        var full = Math.Min(longest.TotalMilliseconds, shortest.TotalMilliseconds * Math.Pow(2, Math.Min(failures++, 30)));
        return TimeSpan.FromMilliseconds(full * (0.5 + chance.NextDouble() / 2));
    }

    /// <summary>All is well again.</summary>
    public void Reset() => failures = 0;
}
