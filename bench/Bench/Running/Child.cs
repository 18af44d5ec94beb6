using System.Collections.ObjectModel;

namespace ControlPlane.Bench.Running;

/// <summary>What a process cost.</summary>
/// <param name="CpuSeconds">Its CPU time, user and system.</param>
/// <param name="PeakMebibytes">The most memory it had resident.</param>
internal sealed record Cost(double CpuSeconds, double PeakMebibytes);

/// <summary>One process that this bench started, and what it costs.</summary>
internal sealed class Child : IAsyncDisposable
{
    private static readonly TimeSpan LookEvery = TimeSpan.FromMilliseconds(50);

    private readonly string name;
    private readonly string log;
    private readonly CancellationTokenSource stop = new();
    private readonly Task<int> end;
    private readonly Task watching;
    private double cpu;
    private double peak;

    private Child(string name, int process, string log)
    {
        (this.name, this.log, Process) = (name, log, process);
        watching = WatchAsync();
        end = Task.Factory.StartNew(Await, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    /// <summary>Its number.</summary>
    internal int Process { get; }

    /// <summary>Whether it has not ended.</summary>
    internal bool Runs => !end.IsCompleted;

    /// <summary>Starts a program. The descriptors are closed here once it has them.</summary>
    internal static Child Start(string name, IReadOnlyList<string> command, IReadOnlyDictionary<string, string>? environment = null, int? input = null, int? output = null)
    {
        var log = Path.Combine(Workplace.Logs, name + ".log");
        File.Delete(log);
        try
        {
            // env gives back the signals that this runtime ignores.
            return new Child(name, Posix.Spawn(["/usr/bin/env", "--default-signal", .. command], environment ?? ReadOnlyDictionary<string, string>.Empty, input, output, log), log);
        }
        finally
        {
            if (input is { } from)
                Posix.Close(from);
            if (output is { } to)
                Posix.Close(to);
        }
    }

    /// <summary>CPU time so far.</summary>
    internal double CpuSeconds => Runs ? ProcessFacts.CpuSeconds(Process) : cpu;

    /// <summary>What it cost so far; the peak is the kernel's own for a process that lives.</summary>
    internal Cost Cost()
    {
        Look();
        return new Cost(CpuSeconds, peak);
    }

    /// <summary>Waits for its end and demands that it was a good one.</summary>
    internal async Task<Cost> SucceedAsync()
    {
        var code = await end;
        return code == 0 ? Cost() : throw new InvalidOperationException($"{name} ended with code {code}: {await TailAsync()}");
    }

    /// <summary>The last lines of what it printed.</summary>
    internal async Task<string> TailAsync() => string.Join('\n', (await File.ReadAllLinesAsync(log)).TakeLast(12));

    public async ValueTask DisposeAsync()
    {
        if (Runs)
        {
            Posix.Signal(Process, Posix.Terminate);
            if (await Task.WhenAny(end, Task.Delay(TimeSpan.FromSeconds(20), TimeProvider.System)) != end)
                Posix.Signal(Process, Posix.Kill);
        }

        await end;
        await stop.CancelAsync();
        await watching;
        stop.Dispose();
    }

    private int Await()
    {
        Posix.WaitForEnd(Process);
        cpu = ProcessFacts.CpuSeconds(Process);
        return Posix.Reap(Process);
    }

    // The mark itself never falls, so that only what happens in the last interval before the end can be missed.
    private async Task WatchAsync()
    {
        using var timer = new PeriodicTimer(LookEvery, TimeProvider.System);
        try
        {
            while (await timer.WaitForNextTickAsync(stop.Token) && Look())
            {
            }
        }
        catch (OperationCanceledException)
        {
            // Disposed.
        }
    }

    private bool Look()
    {
        if (ProcessFacts.PeakMebibytes(Process) is not { } now)
            return false;
        peak = Math.Max(peak, now);
        return true;
    }
}
