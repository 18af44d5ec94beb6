using System.Diagnostics;
using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Bench.Running;

namespace ControlPlane.Members;

/// <summary>The process with the stand-ins, and the lines that are said to it and by it.</summary>
internal sealed class StandInProcess : IAsyncDisposable
{
    private readonly Process process;

    private StandInProcess(Process process) => this.process = process;

    public double CpuSeconds => ProcessFacts.CpuSeconds(process.Id);

    /// <summary>Name, address, token and authority of each.</summary>
    public IReadOnlyList<JsonNode> Members { get; private set; } = [];

    public static async Task<StandInProcess> StartAsync(int members, int clusters)
    {
        var info = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        foreach (var argument in new[] { "serve", Workplace.Folder, Text(members), Text(clusters) })
            info.ArgumentList.Add(argument);
        var standIns = new StandInProcess(Process.Start(info)!);
        if (await standIns.process.StandardOutput.ReadLineAsync() != "ready")
            throw new InvalidOperationException("The stand-ins did not start.");
        standIns.Members = [.. ((JsonArray)JsonNode.Parse(await File.ReadAllTextAsync(Path.Combine(Workplace.Folder, "stand-ins.json")))!).Select(member => member!)];
        return standIns;
    }

    /// <summary>Has somebody ask for so many backups a second, over all stand-ins in turn, from now on.</summary>
    public Task FlowAsync(double rate) => AskAsync("flow " + rate.ToString(CultureInfo.InvariantCulture));

    /// <summary>What all of them sent and were asked so far.</summary>
    public Task<StandInCounts> CountAsync() => AskAsync("counts");

    public async ValueTask DisposeAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
        process.Dispose();
    }

    private async Task<StandInCounts> AskAsync(string line)
    {
        await process.StandardInput.WriteLineAsync(line);
        var answer = await process.StandardOutput.ReadLineAsync() ?? throw new InvalidOperationException("The stand-ins ended before their time.");
        var numbers = answer.Split(' ').Select(number => long.Parse(number, CultureInfo.InvariantCulture)).ToArray();
        return new(numbers[0], numbers[1], numbers[2], numbers[3], numbers[4], numbers[5]);
    }

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}

/// <summary>Totals of all stand-ins.</summary>
internal sealed record StandInCounts(long WatchEvents, long WatchBytes, long ListBytes, long Requests, long BackupsMade, long JobsEnded);
