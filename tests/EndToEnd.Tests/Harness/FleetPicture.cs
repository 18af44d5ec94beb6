using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// What the plane shows of its fleet, looked at every second or two from beginning to end: the read model over HTTP from whichever silo answers, and the statuses of the members. What is not as it
/// should be is kept, with the time.
/// </summary>
internal sealed class FleetPicture(Plane plane, IReadOnlyDictionary<string, int> clusters) : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, string?> expected = [];
    private readonly List<string> wrong = [];
    private readonly CancellationTokenSource stop = new();
    private Task looking = Task.CompletedTask;
    private long backups;

    /// <summary>How often it looked.</summary>
    internal int Looks { get; private set; }

    /// <summary>The most seconds in a row without an answer of any silo.</summary>
    internal TimeSpan LongestSilence { get; private set; }

    /// <summary>What was not as it should be.</summary>
    internal IReadOnlyList<string> Wrong
    {
        get
        {
            lock (gate)
                return [.. wrong];
        }
    }

    /// <summary>From now on a member's <c>Connected</c> has this status; null while it may have any.</summary>
    internal void Expect(string member, string? connected)
    {
        lock (gate)
            expected[member] = connected;
    }

    /// <summary>Begins to look: all clusters must be there by now.</summary>
    internal void Begin() => looking = Task.Run(LookAsync);

    /// <summary>A document of the read model; null when no silo answers now.</summary>
    internal async Task<JsonNode?> AskAsync(string path)
    {
        foreach (var pod in await plane.SiloPodsAsync())
        {
            try
            {
                var answer = await new Containers(plane.Cluster).TryInNetworkAsync(Plane.Namespace, pod, "silo", "curl", "-sf", "--max-time", "5", $"http://127.0.0.1:8080/fleet/{path}");
                if (answer.ExitCode == 0)
                    return JsonNode.Parse(answer.Output);
            }
            catch (Exception gone) when (gone is InvalidOperationException or IOException)
            {
                // Its container was just killed.
            }
        }
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await looking;
        stop.Dispose();
    }

    private async Task LookAsync()
    {
        var silent = TimeProvider.System.GetTimestamp();
        while (!stop.IsCancellationRequested)
        {
            if (await AskAsync("totals") is { } totals)
            {
                silent = TimeProvider.System.GetTimestamp();
                Looks++;
                Judge(totals);
            }
            var silence = TimeProvider.System.GetElapsedTime(silent);
            LongestSilence = silence > LongestSilence ? silence : LongestSilence;
            await LookAtMembersAsync();
            await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System, CancellationToken.None);
        }
    }

    private void Judge(JsonNode totals)
    {
        foreach (var (member, count) in clusters)
        {
            var seen = (int?)totals["members"]!.AsArray().FirstOrDefault(one => (string?)one!["member"] == member)?["clusters"];
            if (seen != count)
                Keep($"the read model has {seen} clusters of {member}, and there are {count}");
        }
        var total = (long)totals["backups"]!["count"]!;
        if (total < backups)
            Keep($"the read model had {backups} backups, and has {total}");
        backups = total;
    }

    private async Task LookAtMembersAsync()
    {
        foreach (var member in clusters.Keys.Where(member => member != "local"))
        {
            string? before, after;
            lock (gate)
                before = expected.GetValueOrDefault(member);
            var seen = (string?)(await plane.ConnectedAsync(member))?["status"];
            lock (gate)
                after = expected.GetValueOrDefault(member);
            if (before is not null && before == after && seen != before)
                Keep($"Connected of {member} is {seen}, not {before}");
        }
    }

    private void Keep(string what)
    {
        lock (gate)
            wrong.Add(string.Create(CultureInfo.InvariantCulture, $"{TimeProvider.System.GetUtcNow():HH:mm:ss} {what}"));
    }
}
