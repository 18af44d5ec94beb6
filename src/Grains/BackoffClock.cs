namespace ControlPlane.Grains;

/// <summary>The pauses between tries of something that fails at the edge: 1 second, doubling to a minute. Forgotten with the activation.</summary>
internal sealed class BackoffClock
{
    private int failures;

    /// <summary>The pause after one more failure.</summary>
    public TimeSpan Next() => TimeSpan.FromSeconds(Math.Min(60, 1 << Math.Min(failures++, 6)));

    /// <summary>It went well.</summary>
    public void Clear() => failures = 0;
}
