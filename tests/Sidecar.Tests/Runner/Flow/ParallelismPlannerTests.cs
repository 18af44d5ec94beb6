using ControlPlane.Sidecar.Runner.Flow;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Runner.Flow;

/// <summary>The planner against stores whose throughput is a formula: n parts at a time, a latency each, and a way that they share.</summary>
public sealed class ParallelismPlannerTests
{
    private const double PartMiB = 16;
    private const int Windows = 200;

    [Theory]
    [InlineData(0.05, 100, 400)]
    [InlineData(0.5, 1000, 400)]
    [InlineData(1, 20, 10_000)]
    public void Take_OfAStoreThatRewardsMore_ClimbsToTheTop(double latency, double eachMiB, double allMiB)
    {
        var planner = new ParallelismPlanner(12);

        Run(planner, n => Rate(n, latency, eachMiB, allMiB));

        var best = Enumerable.Range(1, 12).Max(n => Rate(n, latency, eachMiB, allMiB));
        Assert.InRange(Rate(planner.Limit, latency, eachMiB, allMiB), 0.9 * best, best);
    }

    [Fact]
    public void Take_OfAStoreThatIsNear_StaysWhereItBegan()
    {
        var planner = new ParallelismPlanner(12);

        var limits = Run(planner, _ => 400);

        Assert.InRange(limits.Max(), 4, 5);
        Assert.True(limits.Count(limit => limit > 4) < Windows / 10, "Tries that are in vain become rare.");
    }

    [Fact]
    public void Take_WhereTheSourceIsTheSlowerOne_ChangesNothing()
    {
        var planner = new ParallelismPlanner(12);

        for (var window = 0; window < Windows; window++)
            planner.Take(Window(planner.Limit * 10) with { Waited = false });

        Assert.Equal(4, planner.Limit);
    }

    [Fact]
    public void Take_OfAStoreThatAsksForPatience_GoesDownAndComesBack()
    {
        var planner = new ParallelismPlanner(12);
        Run(planner, n => Rate(n, 1, 20, 10_000));
        Assert.Equal(12, planner.Limit);

        for (var window = 0; window < 6; window++)
            planner.Take(Window(100) with { Refused = 50 });
        var low = planner.Limit;
        Run(planner, n => Rate(n, 1, 20, 10_000));

        Assert.InRange(low, 1, 3);
        Assert.Equal(12, planner.Limit);
    }

    [Fact]
    public void Take_OfOneRefusalInAHundred_IsNoReasonToGoDown()
    {
        var planner = new ParallelismPlanner(12);

        Run(planner, n => Rate(n, 1, 20, 10_000), refusedEach: 8);

        Assert.Equal(12, planner.Limit);
    }

    [Fact]
    public void Take_OfAnything_StaysWithinItsBounds() =>
        Gen.Select(Gen.Int[1, 12], Gen.Select(Gen.Int[0, 50], Gen.Double[0, 1000], Gen.Bool, Gen.Int[0, 20]).List[0, 300]).Sample((most, windows) =>
        {
            var planner = new ParallelismPlanner(most);
            return windows.All(seen =>
            {
                planner.Take(new FlowWindow(seen.Item1, (long)(seen.Item2 * PartMiB * (1 << 20)), TimeSpan.FromSeconds(1), seen.Item3, seen.Item4));
                return planner.Limit >= 1 && planner.Limit <= most;
            });
        });

    // So many parts at a time; each waits for the store, and all share the way.
    private static double Rate(int n, double latency, double eachMiB, double allMiB) => Math.Min(allMiB, n * PartMiB / (latency + (PartMiB / eachMiB)));

    private static List<int> Run(ParallelismPlanner planner, Func<int, double> rate, int refusedEach = 0)
    {
        var limits = new List<int>();
        var noise = new Random(7);
        for (var window = 0; window < Windows; window++)
        {
            var scattered = rate(planner.Limit) * (0.99 + (0.02 * noise.NextDouble()));
            planner.Take(Window(scattered) with { Refused = refusedEach > 0 && window % refusedEach == 0 ? 1 : 0 });
            limits.Add(planner.Limit);
        }

        return limits;
    }

    private static FlowWindow Window(double rateMiB) => new(12, (long)(rateMiB * 2 * (1 << 20)), TimeSpan.FromSeconds(2), Waited: true, Refused: 0);
}
