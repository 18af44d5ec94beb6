using System.Runtime.InteropServices;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Runner;
using Microsoft.Win32.SafeHandles;

namespace ControlPlane.Sidecar;

/// <summary>The two roles of the image, and a verb for people.</summary>
internal static partial class Verbs
{
    /// <summary>Writes a backup's stream to standard output, or with <see cref="ListOption"/> what there is of it.</summary>
    internal const string FetchVerb = "fetch";

    /// <summary>Says what is there instead of fetching it.</summary>
    internal const string ListOption = "--list";

    private const int BadUsage = 2;
    private const int SetPipeSize = 1031;
    private const int PipeBytes = 1 << 20;

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

    /// <summary>The verb for people.</summary>
    internal static async Task<int> FetchAsync(string request, bool lists)
    {
        if (!lists && !Console.IsOutputRedirected)
        {
            await Console.Error.WriteLineAsync($"'{FetchVerb}' writes the stream to standard output, which is a terminal: say '| mbstream -x -C FOLDER', or '{ListOption}' to see what is there.");
            return BadUsage;
        }

        using var handle = new SafeFileHandle(1, ownsHandle: false);
        _ = ControlFile(handle, SetPipeSize, PipeBytes);
        await using var output = new FileStream(handle, FileAccess.Write, bufferSize: 0);
        return await new FetchMain(output, Console.Error, TimeProvider.System).RunAsync(request, lists, CancellationToken.None);
    }

    /// <summary>What is said when it is none of them.</summary>
    internal static int Usage()
    {
        Console.Error.WriteLine($"Say what to be: '{AgentFiles.AgentVerb}' serves backups of the database beside it, '{AgentFiles.RunnerVerb}' does what a Job's request says, '{FetchVerb} [{ListOption}] REQUEST' writes a backup's stream to standard output.");
        return BadUsage;
    }

    // As large as it may be without privileges, so that neither side waits for every 64 KiB. What is no pipe says no, and that is all right.
    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(SafeFileHandle file, int command, int argument);
}
