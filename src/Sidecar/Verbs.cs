using System.Runtime.InteropServices;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar;

/// <summary>The two roles of the image.</summary>
internal static class Verbs
{
    private const int BadUsage = 2;

    /// <summary>The role beside the database.</summary>
    internal static async Task<int> AgentAsync()
    {
        var settings = AgentSettings.From(Environment.GetEnvironmentVariable, out var faults);
        foreach (var fault in faults)
            await Console.Error.WriteLineAsync(fault);
        if (faults.Count > 0)
            return BadUsage;
        await using var agent = AgentHost.Build(settings, TimeProvider.System);
        await agent.RunAsync();
        return 0;
    }

    /// <summary>The role in a Job.</summary>
    internal static async Task<int> RunnerAsync()
    {
        var files = new RunnerFiles();
        using var logs = LoggerFactory.Create(logging => logging.AddSimpleConsole(console => console.SingleLine = true));
        using var told = new CancellationTokenSource();
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);

        // The last word, should even the catch-all not be reached.
        AppDomain.CurrentDomain.UnhandledException += (_, crash) => ReportWriter.Write(
            new JobReport { Uid = "", Attempt = 0, Fault = JobFault.Internal, Message = $"The runner itself failed: {(crash.ExceptionObject as Exception)?.Message}" }, files.TerminationMessage);
        return await new RunnerMain(files, TimeProvider.System, logs.CreateLogger("Runner")).RunAsync(told.Token);

        // The process goes on until it has cleaned up and reported.
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            told.Cancel();
        }
    }

    /// <summary>What is said when it is neither.</summary>
    internal static int Usage()
    {
        Console.Error.WriteLine($"Say what to be: '{AgentFiles.AgentVerb}' serves backups of the database beside it, '{AgentFiles.RunnerVerb}' does what a Job's request says.");
        return BadUsage;
    }
}
