using System.Globalization;
using System.Net;
using ControlPlane.Bench.Reporting;
using ControlPlane.Bench.Running;

namespace ControlPlane.Bench.Plane;

/// <summary>
/// The silo as a process: from its start, with an empty data folder, to the first time it says that it is ready; and its memory when it
/// has been idle. It is given an API server without clusters, since a second plane would act on what the first one looks after.
/// </summary>
internal static class SiloBench
{
    private const double GoalSeconds = 3;
    private const double GoalMebibytes = 200;
    private const int HealthPort = 36981;
    private const int DashboardPort = 36980;
    private const int SiloPort = 36911;

    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(5);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(30);

    internal static async Task<int> RunAsync()
    {
        var starts = Workplace.Number("BENCH_STARTS", 10);
        Console.WriteLine($"silo: {starts} starts; {Machine.Facts()}");
        var seconds = new List<double>();
        var cpu = new List<double>();
        var resident = 0.0;
        for (var start = 1; start <= starts; start++)
        {
            await using var silo = Start(start);
            seconds.Add(await ReadyAsync(silo));
            cpu.Add(silo.CpuSeconds);
            if (start < starts)
                continue;
            await Task.Delay(Idle, TimeProvider.System);
            resident = ProcessFacts.ResidentMebibytes(silo.Process) ?? 0;
        }

        var table = new Table("silo", "median", "worst", "goal", "met");
        table.Add("start to ready, s", Text(Order.Median(seconds)), Text(seconds.Max()), $"<= {GoalSeconds}", Met(seconds.Max() <= GoalSeconds));
        table.Add("CPU until ready, s", Text(Order.Median(cpu)), Text(cpu.Max()), "", "");
        table.Add("resident after 30 s idle, MiB", Text(resident), "", $"<= {GoalMebibytes}", Met(resident <= GoalMebibytes));
        table.Print();
        Console.WriteLine(Machine.Load());
        return 0;
    }

    private static Child Start(int number)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Workplace.Folder, string.Create(CultureInfo.InvariantCulture, $"silo-{number}"))).FullName;
        return Child.Start("silo", [Workplace.Setting("BENCH_SILO")], new Dictionary<string, string>
        {
            ["Silo__DataFolder"] = Path.Combine(folder, "data"),
            ["Silo__HealthAddress"] = "127.0.0.1",
            ["Silo__HealthPort"] = HealthPort.ToString(CultureInfo.InvariantCulture),
            ["Silo__DashboardPort"] = DashboardPort.ToString(CultureInfo.InvariantCulture),
            ["Silo__SiloPort"] = SiloPort.ToString(CultureInfo.InvariantCulture),
            ["Operator__KeysFolder"] = Path.Combine(folder, "keys"),
            ["Members__KubeConfig"] = Workplace.Setting("CRDENGINE_KUBECONFIG"),
            ["KUBECONFIG"] = Workplace.Setting("CRDENGINE_KUBECONFIG"),
        });
    }

    private static async Task<double> ReadyAsync(Child silo)
    {
        var start = TimeProvider.System.GetTimestamp();
        using var http = new HttpClient { BaseAddress = new Uri($"http://127.0.0.1:{HealthPort}") };
        while (true)
        {
            var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            if (!silo.Runs || seconds > Patience.TotalSeconds)
                throw new InvalidOperationException($"The silo did not become ready: {await silo.TailAsync()}");
            if (await IsReadyAsync(http))
                return TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            await Task.Delay(LookEvery, TimeProvider.System);
        }
    }

    private static async Task<bool> IsReadyAsync(HttpClient http)
    {
        try
        {
            using var answer = await http.GetAsync("/healthz/ready");
            return answer.StatusCode == HttpStatusCode.OK;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    private static string Met(bool met) => met ? "yes" : "no";

    private static string Text(double value) => value.ToString("F2", CultureInfo.InvariantCulture);
}
