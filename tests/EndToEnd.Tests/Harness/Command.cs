using System.ComponentModel;
using System.Diagnostics;
using System.Text;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A program that was run to its end.</summary>
internal sealed record Command(string Line, int ExitCode, string Output, string Error)
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(4);

    /// <summary>Runs it; a failure is the caller's to judge.</summary>
    internal static async Task<Command> TryAsync(string program, IEnumerable<string> arguments, string? input = null, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = folder ?? DevEnvironment.Checkout,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>())
            start.Environment[name] = value;

        var line = string.Join(' ', start.ArgumentList.Prepend(program));
        using var process = Start(start, line);
        using var limit = new CancellationTokenSource(Limit, TimeProvider.System);
        var output = process.StandardOutput.ReadToEndAsync(limit.Token);
        var error = process.StandardError.ReadToEndAsync(limit.Token);
        try
        {
            await process.StandardInput.WriteAsync(input.AsMemory(), limit.Token);
            process.StandardInput.Close();
            await process.WaitForExitAsync(limit.Token);
            return new(line, process.ExitCode, await output, await error);
        }
        catch (OperationCanceledException)
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"`{line}` did not end within {Limit}.");
        }
        catch (IOException)
        {
            // It ended without reading its input; what it said tells why.
            await process.WaitForExitAsync(limit.Token);
            return new(line, process.ExitCode, await output, await error);
        }
    }

    /// <summary>Runs it and demands that it succeeds.</summary>
    internal static async Task<string> RunAsync(string program, IEnumerable<string> arguments, string? input = null, string? folder = null, IReadOnlyDictionary<string, string>? environment = null)
    {
        var done = await TryAsync(program, arguments, input, folder, environment);
        return done.ExitCode == 0 ? done.Output : throw new CommandFailedException(done);
    }

    /// <summary>Starts one that goes on beside the test; its lines are kept as they come.</summary>
    internal static Running Begin(string program, IEnumerable<string> arguments)
    {
        var start = new ProcessStartInfo(program, arguments) { RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = DevEnvironment.Checkout };
        return new(Start(start, program));
    }

    private static Process Start(ProcessStartInfo start, string line)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception missing)
        {
            throw new InvalidOperationException($"`{line}` cannot be started; `./dev setup` installs what the tests use.", missing);
        }
    }

    /// <summary>A program that runs beside the test and is ended with it.</summary>
    internal sealed class Running : IAsyncDisposable
    {
        private readonly Process process;
        private readonly StringBuilder text = new();

        internal Running(Process process)
        {
            this.process = process;
            process.OutputDataReceived += Keep;
            process.ErrorDataReceived += Keep;
            process.BeginOutputReadLine();
            process.BeginErrorReadLine();
        }

        /// <summary>All lines so far.</summary>
        internal string[] Lines
        {
            get
            {
                lock (text)
                    return text.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
            }
        }

        internal async Task<int> EndedAsync(CancellationToken cancellationToken)
        {
            await process.WaitForExitAsync(cancellationToken);
            return process.ExitCode;
        }

        public async ValueTask DisposeAsync()
        {
            if (!process.HasExited)
                process.Kill(entireProcessTree: true);
            await process.WaitForExitAsync();
            process.Dispose();
        }

        private void Keep(object sender, DataReceivedEventArgs line)
        {
            lock (text)
                text.Append(line.Data).Append('\n');
        }
    }
}

/// <summary>A program said no.</summary>
internal sealed class CommandFailedException(Command command)
    : Exception($"`{command.Line}` ended with {command.ExitCode}:\n{command.Error}\n{command.Output}");
