using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>What those who waited were told, sampled while they did, beside what came of it.</summary>
internal sealed class QueueWords(IReadOnlyList<Rushed> order)
{
    // Words are told anew at most once a minute; beside that, what it takes to write them.
    private static readonly TimeSpan Old = TimeSpan.FromSeconds(90);

    private readonly Dictionary<string, int> rank = order.Select((one, place) => (one.Uid, place)).ToDictionary(pair => pair.Uid, pair => pair.place);
    private readonly Dictionary<string, Rushed> known = order.ToDictionary(one => one.Uid);
    private readonly List<Word> words = [];

    /// <summary>How often somebody was found waiting, by reason.</summary>
    internal IReadOnlyDictionary<string, int> Reasons => words.CountBy(word => word.Reason).ToDictionary();

    /// <summary>Takes down what each says now that waits.</summary>
    internal void Take(IReadOnlyDictionary<string, BackupView> seen)
    {
        var now = TimeProvider.System.GetUtcNow();
        foreach (var (uid, backup) in seen.Where(one => known.ContainsKey(one.Key) && one.Value.Phase == "Pending" && one.Value.Attempts.Count == 0))
        {
            var line = backup.Status?["line"];
            words.Add(new(now, uid, backup.Reason, (string?)line?["budget"], (int?)line?["position"], Time(line?["expectedStart"])));
        }
    }

    /// <summary>
    /// Positions in the line of one member's budget that were true at no instant of the minute and a half before, give or take a tenth, as small steps are not told.
    /// Only of members each of whose clusters asked once: others wait for their own cluster first.
    /// </summary>
    internal (int Told, IReadOnlyList<string> Wrong) Positions(string budget, IReadOnlySet<string> among, IReadOnlyDictionary<string, JobRun> runs)
    {
        var told = words.Where(word => word.Budget == budget && word.Position is not null && among.Contains(known[word.Uid].Member)).ToList();
        var wrong = new List<string>();
        foreach (var word in told)
        {
            var (most, least) = (Before(word.Uid, word.At - Old, runs), Before(word.Uid, word.At, runs));
            if (word.Position > (most * 1.1) + 1 || word.Position < (least * 0.9) - 4)
                wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{known[word.Uid].Member}/{known[word.Uid].Name} was told {word.Position} at {word.At:T}; it was {least} then and {most} before"));
        }

        return (told.Count, wrong);
    }

    /// <summary>By how much expected starts were wrong, and how long the wait was that they spoke of.</summary>
    internal IReadOnlyList<(TimeSpan Error, TimeSpan Wait)> Expectations(IReadOnlyDictionary<string, JobRun> runs) =>
        [.. words.Where(word => word.Expected is not null).Select(word => (runs[word.Uid].CreatedAt - word.Expected!.Value, runs[word.Uid].CreatedAt - word.At))];

    // Its place among those of its member that had no Job yet.
    private int Before(string uid, DateTimeOffset at, IReadOnlyDictionary<string, JobRun> runs) =>
        order.Count(one => one.Member == known[uid].Member && rank[one.Uid] <= rank[uid] && runs[one.Uid].CreatedAt > at);

    private static DateTimeOffset? Time(JsonNode? text) => text is null ? null : DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);

    private sealed record Word(DateTimeOffset At, string Uid, string Reason, string? Budget, int? Position, DateTimeOffset? Expected);
}
