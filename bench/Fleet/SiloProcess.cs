using System.Diagnostics;
using System.Globalization;
using ControlPlane.Bench.Running;

namespace ControlPlane.Fleet;

/// <summary>A process with one silo of the fleet, and the lines that are said to it and by it.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    /// <summary>The memory that a silo may have, as a Pod's limit would give it.</summary>
    public static readonly int MostMebibytes = Settings.Number("FLEET_MEMORY_MIB", 1536);

    // What .NET takes of a container's limit for its heap. The goal is the limit, so a heap without any would measure the machine instead.
    private const double ShareOfHeap = 0.75;

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(30);

    private readonly Process process;

    private SiloProcess(Process process) => this.process = process;

    public double ResidentMebibytes => ProcessFacts.ResidentMebibytes(process.Id) ?? 0;

    public double PeakMebibytes => ProcessFacts.PeakMebibytes(process.Id) ?? 0;

    public double CpuSeconds => ProcessFacts.CpuSeconds(process.Id);

    /// <summary>Starts one on ports of its own; it is ready when this returns.</summary>
    public static async Task<SiloProcess> StartAsync(int number, IEnumerable<string> options)
    {
        var ports = 37100 + (10 * number);
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[]
        {
            "serve", Port("HealthPort", ports), Port("DashboardPort", ports + 1), Port("SiloPort", ports + 2),
            "--Silo:HealthAddress=127.0.0.1", "--Silo:LogFormat=Simple", "--Logging:LogLevel:Default=None", "--Logging:Console:LogToStandardErrorThreshold=Trace",
        }.Concat(options))
            info.ArgumentList.Add(argument);
        info.Environment["DOTNET_GCHeapHardLimit"] = ((long)(MostMebibytes * ShareOfHeap) << 20).ToString("X", CultureInfo.InvariantCulture);
        var silo = new SiloProcess(Process.Start(info)!);
        var said = await silo.ReadAsync();
        return said == "ready" ? silo : throw new InvalidOperationException($"A silo did not start: {said}");
    }

    /// <summary>Says a line, and waits for the answer.</summary>
    public async Task<string> AskAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        return await ReadAsync();
    }

    /// <summary>The numbers of an answer.</summary>
    public async Task<double[]> NumbersAsync(string line) =>
        [.. (await AskAsync(line)).Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(number => double.Parse(number, CultureInfo.InvariantCulture))];

    /// <summary>As a crash would have it: its start is measured on what it left.</summary>
    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private static string Port(string name, int port) => string.Create(CultureInfo.InvariantCulture, $"--Silo:{name}={port}");

    private async Task<string> ReadAsync()
    {
        using var limit = new CancellationTokenSource(Patience, TimeProvider.System);
        return await process.StandardOutput.ReadLineAsync(limit.Token) ?? throw new InvalidOperationException("A silo ended before its time.");
    }
}
