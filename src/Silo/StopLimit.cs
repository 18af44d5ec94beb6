namespace ControlPlane.Silo;

/// <summary>
/// Ends a process that was told to stop and cannot: without its database a silo may wait for what does not come. Whoever goes on must be able
/// to bear its crash anyway.
/// </summary>
internal static class StopLimit
{
    /// <summary>What the host itself may take beyond the time that it gives its parts.</summary>
    public static readonly TimeSpan Margin = TimeSpan.FromSeconds(5);

    /// <summary>From the wish to stop on, the process has so long.</summary>
    public static void Hold(IHostApplicationLifetime lifetime, TimeSpan limit, TimeProvider time) =>
        lifetime.ApplicationStopping.Register(() => _ = EndAsync(limit + Margin, time));

    private static async Task EndAsync(TimeSpan limit, TimeProvider time)
    {
        await Task.Delay(limit, time);
        await Console.Error.WriteLineAsync($"The silo could not stop within {limit}, and is ended.");
        Environment.Exit(1);
    }
}
