using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using ControlPlane.Bench.Plane;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;

namespace ControlPlane.Members;

/// <summary>
/// One silo that watches many members: one real API server, stand-ins for the others. Its memory and what goes over its wires when nothing happens and under a steady flow of backups, and how soon a backup's Job is there
/// meanwhile, on the real one. Where the plane itself runs is another real API server, without clusters.
/// </summary>
internal static class MembersBench
{
    private const double GoalMedian = 500;
    private const double GoalWorst = 2000;
    private const int RealPort = 36710;
    private const int DashboardPort = 36980;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(20);
    private static readonly TimeSpan Warm = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(Workplace.Number("BENCH_WINDOW", 60));

    internal static async Task<int> RunAsync()
    {
        var (clusters, members) = (Workplace.Number("BENCH_CLUSTERS", 10_000), Workplace.Number("BENCH_MEMBERS", 20));
        var each = clusters / members;
        Console.WriteLine($"members: {clusters} clusters in {members} members, of which 1 is a real API server and {members - 1} are stand-ins; {Machine.Facts()}");
        using var home = new ApiServer(Workplace.Setting("BENCH_HOME"));
        using var real = new ApiServer(Workplace.Setting("BENCH_REAL"));
        await using var standIns = await StandInProcess.StartAsync(members - 1, each);
        var member = new RealMember(real);
        await member.FillAsync(each);
        foreach (var standIn in standIns.Members)
            await JoinAsync(home, standIn);

        var began = TimeProvider.System.GetTimestamp();
        await using var silo = Start();
        var fleet = new FleetUnderTest(silo, standIns, member);
        await using var traffic = fleet.Traffic;
        var readySeconds = await ReadyAsync(silo, clusters, began);
        await SettleAsync(standIns);
        var settled = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
        var table = new Table($"one silo, {clusters} clusters in {members} members", "idle", "with a flow of backups");
        var start = await standIns.CountAsync();
        Console.Error.WriteLine($"  {Text(settled)} s: quiet; what follows is measured, {Machine.Load()}");
        var idle = await fleet.MeasureAsync(Window);

        var rate = double.Parse(Workplace.Word("BENCH_FLOW", "1"), CultureInfo.InvariantCulture);
        await standIns.FlowAsync(rate);
        await Task.Delay(Warm, TimeProvider.System);
        var flowing = await fleet.MeasureAsync(Window);
        var samples = await new JobLatency(real).SampleAsync(Workplace.Number("BENCH_SAMPLES", 200), each);

        Console.WriteLine($"all clusters ready {Text(readySeconds)} s after the silo was started, quiet after {Text(settled)} s; lists of the stand-ins until then {Text(start.ListBytes / 1048576.0)} MiB; {Text(rate)} backups a second in the flow");
        foreach (var (name, of) in Measured.Rows)
            table.Add(name, Text(of(idle)), Text(of(flowing)));
        table.Print();
        Print(samples, silo);
        return 0;
    }

    private static Child Start() => Child.Start("silo", [Workplace.Setting("BENCH_SILO")], new Dictionary<string, string>
    {
        ["Silo__DataFolder"] = Path.Combine(Workplace.Folder, "data"),
        ["Silo__HealthAddress"] = "127.0.0.1",
        ["Silo__HealthPort"] = "36981",
        ["Silo__DashboardPort"] = DashboardPort.ToString(CultureInfo.InvariantCulture),
        ["Silo__SiloPort"] = "36911",
        ["Operator__KeysFolder"] = Path.Combine(Workplace.Folder, "keys"),
        ["Members__KubeConfig"] = Workplace.Setting("BENCH_HOME"),
        ["KUBECONFIG"] = Workplace.Setting("BENCH_HOME"),

        // What .NET takes of a Pod's limit for its heap.
        ["DOTNET_GCHeapHardLimit"] = ((long)(Workplace.Number("BENCH_MEMORY_MIB", 1024) * 0.75) << 20).ToString("X", CultureInfo.InvariantCulture),
    });

    private static async Task JoinAsync(ApiServer home, JsonNode member)
    {
        var name = (string)member["name"]!;
        await home.CreateAsync("/api/v1/namespaces/controlplane-system/secrets", new JsonObject
        {
            ["apiVersion"] = "v1",
            ["kind"] = "Secret",
            ["metadata"] = new JsonObject { ["name"] = "member-" + name, ["labels"] = new JsonObject { ["backup.controlplane/credentials"] = "member" } },
            ["data"] = new JsonObject { ["token"] = Encoded(member["token"]!), ["ca.crt"] = Encoded(member["ca.crt"]!) },
        });
        await home.CreateAsync("/apis/backup.controlplane/v1/memberclusters", new JsonObject
        {
            ["apiVersion"] = "backup.controlplane/v1",
            ["kind"] = "MemberCluster",
            ["metadata"] = new JsonObject { ["name"] = name },
            ["spec"] = new JsonObject { ["secretName"] = "member-" + name, ["server"] = (string)member["server"]! },
        });
    }

    private static string Encoded(JsonNode text) => Convert.ToBase64String(Encoding.ASCII.GetBytes((string)text!));

    // Until the read model has all clusters, and all of them are ready.
    private static async Task<double> ReadyAsync(Child silo, int clusters, long began)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{DashboardPort}") };
        for (var last = ""; ; await Task.Delay(TimeSpan.FromSeconds(1), TimeProvider.System))
        {
            var seconds = TimeProvider.System.GetElapsedTime(began).TotalSeconds;
            if (!silo.Runs || seconds > Patience.TotalSeconds)
                throw new InvalidOperationException($"The silo did not take the fleet in; {last}; {await silo.TailAsync()}");
            try
            {
                var totals = JsonNode.Parse(await http.GetStringAsync("/fleet/totals"))!["clusters"]!;
                if (last != totals.ToJsonString())
                    Console.Error.WriteLine($"  {Text(seconds)} s: {last = totals.ToJsonString()}, {Text(ProcessFacts.ResidentMebibytes(silo.Process) ?? 0)} MiB");
                if ((int)totals["count"]! == clusters && (int?)totals["byPhase"]!["Ready"] == clusters)
                    return seconds;
            }
            catch (HttpRequestException)
            {
                // It has just been started.
            }
        }
    }

    // Until the plane asks for hardly anything for a while.
    private static async Task SettleAsync(StandInProcess standIns)
    {
        var before = (await standIns.CountAsync()).Requests;
        for (var quiet = 0; quiet < 5;)
        {
            await Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System);
            var now = (await standIns.CountAsync()).Requests;
            (before, quiet) = (now, now - before <= 20 ? quiet + 1 : 0);
        }
    }

    private static void Print(List<double> samples, Child silo)
    {
        var (median, worst) = (Order.Median(samples), Order.Quantile(samples, 0.99));
        var table = new Table($"from a backup's creation to its Job's under the flow, {samples.Count} samples, ms", "measured", "goal", "met");
        table.Add("median", Text(median), $"<= {GoalMedian}", median <= GoalMedian ? "yes" : "no");
        table.Add("p99", Text(worst), $"<= {GoalWorst}", worst <= GoalWorst ? "yes" : "no");
        table.Add("fastest, slowest", $"{Text(samples.Min())}, {Text(samples.Max())}", "", "");
        table.Print();
        Console.WriteLine($"the silo's peak: {Text(silo.Cost().PeakMebibytes)} MiB; {Machine.Load()}");
    }

    internal static bool IsServer(int port) => port == RealPort || (port > StandInServer.FirstPort && port < StandInServer.FirstPort + 300);

    private static string Text(double value) => value.ToString(value >= 100 ? "F0" : "F1", CultureInfo.InvariantCulture);
}
