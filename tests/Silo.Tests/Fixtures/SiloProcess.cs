using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Runtime.InteropServices;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>A silo in a process of its own, with a folder for its edge. It ends with the process that started it.</summary>
internal sealed class SiloProcess : IAsyncDisposable
{
    /// <summary>The word by which this program becomes a silo.</summary>
    public const string Verb = "silo";

    private static readonly TimeSpan Starts = TimeSpan.FromSeconds(60);

    private readonly Process process;
    private readonly int[] ports;

    private SiloProcess(string name, Process process, int[] ports) => (Name, this.process, this.ports) = (name, process, ports);

    public string Name { get; }

    public int SiloPort => ports[2];

    public bool HasExited => process.HasExited;

    /// <summary>The program behind the word <c>dotnet</c>, which may be a script in front of it.</summary>
    public static string Dotnet { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "..", "..", "..", "dotnet"));

    /// <summary>Starts one; it may not be ready yet.</summary>
    /// <param name="folder">Its Kubernetes.</param>
    /// <param name="name">What it is called.</param>
    /// <param name="database">How it finds the others.</param>
    /// <param name="clock">How far its clock is off, in libfaketime's words; null for not at all.</param>
    /// <param name="program">These tests as another release built them; null for this one.</param>
    /// <param name="settings">What is set besides.</param>
    public static SiloProcess Start(string folder, string name, string[] database, string? clock = null, string? program = null, params string[] settings)
    {
        var ports = FreePorts.Take(3);
        var start = new ProcessStartInfo(Dotnet, [program ?? Path.Combine(AppContext.BaseDirectory, "ControlPlane.Silo.Tests.dll"), Verb, folder, name, .. RunningSilo.Arguments(ports), .. database, .. settings])
        {
            WorkingDirectory = folder,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        if (clock is not null)
        {
            start.Environment["LD_PRELOAD"] = OtherClock();
            start.Environment["FAKETIME"] = clock;
            start.Environment["FAKETIME_DONT_FAKE_MONOTONIC"] = "1";
        }

        var process = new Process { StartInfo = start };
        var log = TextWriter.Synchronized(new StreamWriter(Path.Combine(folder, name + ".log")) { AutoFlush = true });
        process.OutputDataReceived += (_, line) => log.WriteLine(line.Data);
        process.ErrorDataReceived += (_, line) => log.WriteLine(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return new(name, process, ports);
    }

    /// <summary>In the process itself.</summary>
    public static async Task<int> RunAsync(string folder, string name, string[] settings)
    {
        _ = Task.Run(() =>
        {
            // Whoever started this is gone, or has had enough.
            Console.In.ReadToEnd();
            Environment.Exit(3);
        });
        var app = await SiloHost.BuildAsync(settings, (services, _) => AddEdge(services, folder, name));
        StopLimit.Hold(app.Lifetime, app.Services.GetRequiredService<IOptions<SiloOptions>>().Value.ShutdownTimeout, TimeProvider.System);
        await app.RunAsync();
        return 0;
    }

    public static void AddEdge(IServiceCollection services, string folder, string name)
    {
        services.AddOperator();
        services.AddSingleton(provider => new StandInFolderEdge(folder, name, provider.GetRequiredService<IGrainFactory>()));
        services.AddSingleton<IJobDispatcher>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<ISurveyor>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IStatusWriter>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IWorkloadKeeper>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IDrillKeeper>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IBackupRequester>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IBackupRemover>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IWorkloadScaler>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IFleetBudgets>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IMemberWatcher>(provider => provider.GetRequiredService<StandInFolderEdge>());
        services.AddSingleton<IFleetMembers>(provider => provider.GetRequiredService<StandInFolderEdge>());
    }

    public async Task<HttpStatusCode?> AskAsync(string probe) => (await ProbeAsync(probe)).Status;

    public async Task ReadyAsync()
    {
        for (var began = Stopwatch.GetTimestamp(); ;)
        {
            if (process.HasExited)
                throw new InvalidOperationException($"The silo {Name} ended with {process.ExitCode}.");
            var (status, words) = await ProbeAsync("ready");
            if (status == HttpStatusCode.OK)
                return;
            Assert.True(Stopwatch.GetElapsedTime(began) < Starts, $"The silo {Name} is not ready after {Starts}: {words}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }

    public async Task KillAsync()
    {
        process.Kill();
        await process.WaitForExitAsync();
    }

    /// <summary>Asks it to stop, as a kubelet does, and waits until it did; its exit code.</summary>
    public async Task<int> TerminateAsync(TimeSpan limit)
    {
        using var told = Process.Start("kill", ["-TERM", process.Id.ToString(CultureInfo.InvariantCulture)]);
        await told.WaitForExitAsync();
        using var patience = new CancellationTokenSource(limit);
        await process.WaitForExitAsync(patience.Token);
        return process.ExitCode;
    }

    public async ValueTask DisposeAsync()
    {
        if (!process.HasExited)
            await KillAsync();
        process.Dispose();
    }

    private async Task<(HttpStatusCode? Status, string Words)> ProbeAsync(string probe)
    {
        using var client = new HttpClient { Timeout = TimeSpan.FromSeconds(10) };
        try
        {
            using var answer = await client.GetAsync(new Uri($"http://127.0.0.1:{ports[1]}/healthz/{probe}"));
            return (answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }
        catch (HttpRequestException trouble)
        {
            return (null, trouble.Message);
        }
    }

    private static string OtherClock() =>
        Directory.GetDirectories("/usr/lib").Select(place => Path.Combine(place, "faketime", "libfaketimeMT.so.1")).FirstOrDefault(File.Exists)
        ?? throw new InvalidOperationException("This test needs libfaketime: run `./dev up`, which installs it, or `apt-get install libfaketime`.");
}
