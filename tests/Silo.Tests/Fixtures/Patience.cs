using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>Waits for what comes about by itself, and not for longer than it may take.</summary>
internal static class Patience
{
    /// <summary>How long it took.</summary>
    public static async Task<TimeSpan> UntilAsync(TimeSpan limit, Func<Task<bool>> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            if (await isSo())
                return Stopwatch.GetElapsedTime(began);
            Assert.True(Stopwatch.GetElapsedTime(began) < limit, $"Not within {limit}: {what}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public static Task<TimeSpan> UntilAsync(TimeSpan limit, Func<bool> isSo, [CallerArgumentExpression(nameof(isSo))] string what = "") =>
        UntilAsync(limit, () => Task.FromResult(isSo()), what);
}
