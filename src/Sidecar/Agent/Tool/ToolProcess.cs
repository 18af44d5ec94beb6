using System.Diagnostics;
using System.Runtime.InteropServices;

namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>The running tool, in a process group of its own, so that whatever it starts ends with it.</summary>
internal sealed partial class ToolProcess : IDisposable
{
    /// <summary>How long the tool is given to end by itself after a SIGTERM.</summary>
    internal static readonly TimeSpan Grace = TimeSpan.FromSeconds(3);

    private const int SetPipeSize = 1031;
    private const int PipeBytes = 1 << 20;
    private const int Terminate = 15;
    private const int Kill = 9;

    private readonly Process process;
    private readonly TimeProvider time;

    private ToolProcess(Process process, TimeProvider time)
    {
        this.process = process;
        this.time = time;
    }

    /// <summary>Whether it has ended. That it closed its output does not say so: a server has a log of its own.</summary>
    internal bool HasExited => process.HasExited;

    /// <summary>The backup, as it comes.</summary>
    internal Stream Output => process.StandardOutput.BaseStream;

    /// <summary>The log, as it comes.</summary>
    internal Stream Error => process.StandardError.BaseStream;

    /// <summary>Starts the tool. Its first argument list entry is the program.</summary>
    internal static ToolProcess Start(string program, IReadOnlyList<string> arguments, string temporary, TimeProvider time)
    {
        // setsid replaces itself by the tool: the process then leads a session and a group whose number is its own.
        var start = new ProcessStartInfo("setsid", [program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.Environment["TMPDIR"] = temporary;
        var process = Process.Start(start)!;
        process.StandardInput.Close();
        Enlarge(process.StandardOutput.BaseStream);
        return new ToolProcess(process, time);
    }

    /// <summary>Waits for the tool's end. Null when a signal ended it.</summary>
    internal async Task<int?> WaitAsync(CancellationToken cancellationToken)
    {
        await process.WaitForExitAsync(cancellationToken);

        // The shell's and the runtime's convention for "ended by signal n".
        return process.ExitCode is > 128 and < 160 ? null : process.ExitCode;
    }

    /// <summary>Ends the tool and all it started: politely, then not.</summary>
    internal async Task EndAsync()
    {
        if (process.HasExited)
        {
            Signal(Kill);
            return;
        }

        Signal(Terminate);
        using var patience = new CancellationTokenSource(Grace, time);
        try
        {
            await process.WaitForExitAsync(patience.Token);
        }
        catch (OperationCanceledException)
        {
            // It had its time.
        }

        // Also after a polite end: what the tool started may have stayed behind.
        Signal(Kill);
        await process.WaitForExitAsync();
    }

    public void Dispose() => process.Dispose();

    // A pipe of 64 KiB makes the tool and the agent wait for one another 16 times a MiB. Where the system allows no more, it stays as it is.
    private static void Enlarge(Stream output)
    {
        if (output is System.IO.Pipes.PipeStream pipe)
            _ = ControlFile(pipe.SafePipeHandle, SetPipeSize, PipeBytes);
    }

    private void Signal(int signal) => _ = SendSignal(-process.Id, signal);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(SafeHandle file, int command, int argument);
}
