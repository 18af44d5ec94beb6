using System.Runtime.InteropServices;

namespace ControlPlane.Bench.Running;

/// <summary>
/// The system's own way to start a process and to wait for it. The runtime's Process class reaps a child at once, and with it the exact
/// CPU time of the child alone.
/// </summary>
internal static unsafe partial class Posix
{
    internal const int Terminate = 15;
    internal const int Kill = 9;

    private const int CloseOnExec = 0x80000;
    private const int SetPipeSize = 1031;
    private const int PipeBytes = 1 << 20;
    private const int WriteCreateAppend = 1 | 0x40 | 0x400;
    private const int ByPid = 1;
    private const int ExitedButNotReaped = 4 | 0x0100_0000;

    /// <summary>A pipe of 1 MiB, as the agent makes one for its tool.</summary>
    internal static (int Read, int Write) Pipe()
    {
        var ends = stackalloc int[2];
        Check(Pipe2(ends, CloseOnExec), "pipe");
        _ = ControlFile(ends[0], SetPipeSize, PipeBytes);
        return (ends[0], ends[1]);
    }

    internal static void Close(int descriptor) => _ = CloseFile(descriptor);

    internal static void Signal(int process, int signal) => _ = SendSignal(process, signal);

    /// <summary>Starts a program with these descriptors as its input and output, its errors in a file, and this process's environment with some changes.</summary>
    internal static int Spawn(IReadOnlyList<string> command, IReadOnlyDictionary<string, string> changes, int? input, int? output, string log)
    {
        // The library's own structure, whose size it does not tell: 80 bytes where this was written.
        var actions = stackalloc byte[512];
        Check(ActionsInit(actions), "posix_spawn_file_actions_init");
        Check(input is { } from ? AddDuplicate(actions, from, 0) : AddOpen(actions, 0, "/dev/null", 0, 0), "stdin");
        Check(output is { } to ? AddDuplicate(actions, to, 1) : AddOpen(actions, 1, log, WriteCreateAppend, 0b110_000_000), "stdout");
        Check(AddOpen(actions, 2, log, WriteCreateAppend, 0b110_000_000), "stderr");
        string?[] arguments = [.. command, null];
        string?[] environment = [.. Environment(changes), null];
        Check(PosixSpawn(out var process, command[0], actions, null, arguments, environment), command[0]);
        Check(ActionsDestroy(actions), "posix_spawn_file_actions_destroy");
        return process;
    }

    /// <summary>Waits for the end; the process stays there to be read, a zombie.</summary>
    internal static void WaitForEnd(int process)
    {
        var information = stackalloc byte[256];
        while (WaitId(ByPid, process, information, ExitedButNotReaped) != 0)
        {
            // Interrupted by a signal; any other trouble shows when it is reaped.
            if (Marshal.GetLastPInvokeError() != 4)
                return;
        }
    }

    /// <summary>Reaps it: its exit code, or 128 and the signal.</summary>
    internal static int Reap(int process)
    {
        var status = 0;
        Check(WaitPid(process, &status, 0) == process ? 0 : -1, "waitpid");
        return (status & 0x7F) == 0 ? (status >> 8) & 0xFF : 128 + (status & 0x7F);
    }

    private static IEnumerable<string> Environment(IReadOnlyDictionary<string, string> changes) =>
        System.Environment.GetEnvironmentVariables().Cast<System.Collections.DictionaryEntry>()
            .Where(entry => !changes.ContainsKey((string)entry.Key)).Select(entry => $"{entry.Key}={entry.Value}")
            .Concat(changes.Select(change => $"{change.Key}={change.Value}"));

    private static void Check(int result, string what)
    {
        if (result != 0)
            throw new InvalidOperationException($"{what}: error {(result > 0 ? result : Marshal.GetLastPInvokeError())}");
    }

    [LibraryImport("libc", EntryPoint = "pipe2", SetLastError = true)]
    private static partial int Pipe2(int* ends, int flags);

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int ControlFile(int file, int command, int argument);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseFile(int file);

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int SendSignal(int process, int signal);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_init")]
    private static partial int ActionsInit(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_destroy")]
    private static partial int ActionsDestroy(byte* actions);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_adddup2")]
    private static partial int AddDuplicate(byte* actions, int from, int to);

    [LibraryImport("libc", EntryPoint = "posix_spawn_file_actions_addopen", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int AddOpen(byte* actions, int descriptor, string path, int flags, int mode);

    [LibraryImport("libc", EntryPoint = "posix_spawnp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial int PosixSpawn(out int process, string program, byte* actions, byte* attributes, string?[] arguments, string?[] environment);

    [LibraryImport("libc", EntryPoint = "waitid", SetLastError = true)]
    private static partial int WaitId(int kind, int id, byte* information, int options);

    [LibraryImport("libc", EntryPoint = "waitpid", SetLastError = true)]
    private static partial int WaitPid(int process, int* status, int options);
}
