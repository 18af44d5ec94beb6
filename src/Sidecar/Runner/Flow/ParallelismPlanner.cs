namespace ControlPlane.Sidecar.Runner.Flow;

/// <summary>
/// Chooses how many parts are on their way at a time, from what is measured and from nothing else: a store that is far away rewards more of
/// them, one that is near does not, and one that asks for patience gets fewer.
/// <para>
/// It climbs: one more, and where the throughput did not grow by a quarter of what one more could bring at best, one less again and a longer
/// rest before the next try. A window in which no part had to wait says nothing about the store: there the source is the slower one.
/// </para>
/// </summary>
internal sealed class ParallelismPlanner(int most)
{
    private const int First = 4;
    private const double LeastShareOfGain = 0.25;
    private const double MostRefused = 0.1;
    private const int LongestRest = 32;

    private (int Limit, double Rate)? trying;
    private int rest = 1;
    private int left;

    /// <summary>How many parts may be on their way.</summary>
    internal int Limit { get; private set; } = Math.Clamp(First, 1, Math.Max(1, most));

    /// <summary>Takes what was measured over one window, in which the limit was <see cref="Limit"/>.</summary>
    internal void Take(FlowWindow window)
    {
        if (window.Refused > MostRefused * Math.Max(1, window.Parts))
        {
            // Less is what the store asked for. What was measured before does not count any more.
            (Limit, trying, rest, left) = (Math.Max(1, Limit * 3 / 4), null, 1, LongestRest / 4);
            return;
        }

        if (!window.Waited)
            trying = null;
        else if (trying is { } before)
            Judge(before, window);
        else if (left > 0)
            left--;
        else if (Limit < most)
            Try(window);
    }

    private void Judge((int Limit, double Rate) before, FlowWindow window)
    {
        var best = (double)Limit / before.Limit;
        if (window.Rate >= before.Rate * (1 + ((best - 1) * LeastShareOfGain)))
        {
            (trying, rest) = (null, 1);
            if (Limit < most)
                Try(window);
            return;
        }

        (Limit, trying) = (before.Limit, null);
        (left, rest) = (rest, Math.Min(rest * 2, LongestRest));
    }

    private void Try(FlowWindow window)
    {
        trying = (Limit, window.Rate);
        Limit++;
    }
}

/// <summary>What was measured for a while.</summary>
/// <param name="Parts">How many parts the store took.</param>
/// <param name="Bytes">How many bytes they had.</param>
/// <param name="Duration">How long it was.</param>
/// <param name="Waited">Whether parts had to wait for one another: the store, or the way to it, was the slowest of all.</param>
/// <param name="Refused">How many requests the store refused for now, and had to be sent again.</param>
internal readonly record struct FlowWindow(int Parts, long Bytes, TimeSpan Duration, bool Waited, int Refused)
{
    /// <summary>Bytes a second.</summary>
    internal double Rate => Duration > TimeSpan.Zero ? Bytes / Duration.TotalSeconds : 0;
}
