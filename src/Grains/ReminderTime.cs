namespace ControlPlane.Grains;

/// <summary>For how long a reminder is set.</summary>
internal static class ReminderTime
{
    /// <summary>
    /// Up to a whole millisecond. Orleans waits for whole ones, and for what is left of one it asks the clock over and over: a core of this process for as long, and for ever where
    /// the clock stands still until somebody moves it, as in tests.
    /// </summary>
    public static TimeSpan RoundUp(TimeSpan wait) => TimeSpan.FromTicks((wait.Ticks + TimeSpan.TicksPerMillisecond - 1) / TimeSpan.TicksPerMillisecond * TimeSpan.TicksPerMillisecond);
}
