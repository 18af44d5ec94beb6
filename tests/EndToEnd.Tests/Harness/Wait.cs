using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>Waiting with an end and a word about what was seen last.</summary>
internal static class Wait
{
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(200);

    /// <summary>Until <paramref name="look"/> gives something that <paramref name="enough"/> accepts; fails with <paramref name="story"/> after <paramref name="limit"/>.</summary>
    internal static async Task<T> UntilAsync<T>(string what, TimeSpan limit, Func<Task<T>> look, Func<T, bool> enough, Func<T, Task<string>>? story = null)
    {
        var began = TimeProvider.System.GetTimestamp();
        while (true)
        {
            var seen = await look();
            if (enough(seen))
                return seen;
            if (TimeProvider.System.GetElapsedTime(began) > limit)
            {
                var last = story is null ? seen?.ToString() : await story(seen);
                Assert.Fail(string.Create(CultureInfo.InvariantCulture, $"Waited {limit.TotalSeconds} s for {what} in vain. Last seen: {last}"));
            }

            await Task.Delay(Pause, TimeProvider.System, TestContext.Current.CancellationToken);
        }
    }

    internal static Task UntilAsync(string what, TimeSpan limit, Func<Task<bool>> look, Func<Task<string>>? story = null) =>
        UntilAsync(what, limit, look, seen => seen, async _ => story is null ? "it is not so" : await story());

    internal static Task ForAsync(TimeSpan time) => Task.Delay(time, TimeProvider.System, TestContext.Current.CancellationToken);
}
