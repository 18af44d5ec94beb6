using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>Whether places were given in the promised order, by when Jobs were made and ended.</summary>
internal sealed class Promise(IReadOnlyList<Rushed> order, IReadOnlyDictionary<string, JobRun> runs, int perMember)
{
    // From a place to its Job: the cluster is told, instances are looked at, and an API server answers. An agent without a road is waited for.
    private static readonly TimeSpan Road = TimeSpan.FromSeconds(10);

    /// <summary>Those that began after one that comes later in the order, though nothing of their own kept them; with by how much.</summary>
    internal IReadOnlyList<(Rushed Late, Rushed Before, TimeSpan By)> Passed()
    {
        var found = new List<(Rushed, Rushed, TimeSpan)>();
        for (var place = 0; place < order.Count; place++)
        {
            var late = order[place];
            foreach (var before in order.Skip(place + 1))
            {
                var by = Start(late) - Start(before);
                if (by > Road && !Kept(late, before))
                {
                    found.Add((late, before, by));
                    break;
                }
            }
        }

        return found;
    }

    internal static string Said((Rushed Late, Rushed Before, TimeSpan By) pair) =>
        string.Create(CultureInfo.InvariantCulture, $"{pair.Late.Member}/{pair.Late.Name} began {pair.By.TotalSeconds:0} s after {pair.Before.Member}/{pair.Before.Name}");

    private DateTimeOffset Start(Rushed one) => runs[one.Uid].CreatedAt;

    // Another member's places say nothing of those of its own, and of one cluster one runs at a time.
    private bool Kept(Rushed late, Rushed before)
    {
        var then = Start(before);
        return (late.Member != before.Member && order.Count(one => one != late && one.Member == late.Member && At(one, then)) >= perMember)
            || order.Any(one => one != late && (one.Member, one.Namespace, one.Cluster) == (late.Member, late.Namespace, late.Cluster) && At(one, then));
    }

    private bool At(Rushed one, DateTimeOffset then) => Start(one) <= then + Road && runs[one.Uid].EndedAt >= then - Road;
}
