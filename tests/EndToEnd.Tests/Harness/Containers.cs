using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>Containers as the host sees them: for faults that no API makes.</summary>
internal sealed class Containers(Cluster cluster)
{
    /// <summary>The id of a running container.</summary>
    internal async Task<string> IdAsync(string @namespace, string pod, string container) =>
        await TryIdAsync(@namespace, pod, container) ?? throw new InvalidOperationException($"Container {container} of Pod {@namespace}/{pod} does not run.");

    internal async Task<string?> TryIdAsync(string @namespace, string pod, string container)
    {
        var seen = await cluster.GetAsync($"api/v1/namespaces/{@namespace}/pods/{pod}");
        var status = seen?["status"]?["containerStatuses"]?.AsArray().FirstOrDefault(one => (string?)one!["name"] == container);
        return status?["state"]?["running"] is null ? null : ((string)status["containerID"]!).Split("//")[1];
    }

    /// <summary>Ends a container's first process as the kernel would when memory is short: at once, with no word to it.</summary>
    internal async Task KillAsync(string @namespace, string pod, string container)
    {
        var id = await IdAsync(@namespace, pod, container);
        await Command.RunAsync("kill", ["-9", ProcessOf(id).ToString(CultureInfo.InvariantCulture)]);
    }

    /// <summary>The same to the containers of a Pod by its UID, as soon as they run: before the API server says that they do.</summary>
    internal static Task KillPodAsync(string uid) => Wait.UntilAsync($"a container of Pod {uid}", TimeSpan.FromSeconds(30), async () =>
    {
        var processes = Processes().Where(process => Given(() => File.ReadAllText($"/proc/{process}/cgroup"))?.Contains($"pod{uid}/", StringComparison.Ordinal) == true && !CommandLine(process).EndsWith("pause", StringComparison.Ordinal)).ToList();
        foreach (var process in processes)
            await Command.TryAsync("kill", ["-9", process]);
        return processes.Count > 0;
    });

    /// <summary>A file inside a running container, as a path of the host. The root is read-only for the container, not for the host.</summary>
    internal async Task<string> PathAsync(string @namespace, string pod, string container, string path) =>
        Path.Combine(FolderOf(await IdAsync(@namespace, pod, container)), "rootfs", path.TrimStart('/'));

    /// <summary>Runs a program of the host in the mount namespace of a container.</summary>
    internal async Task<string> InMountsAsync(string @namespace, string pod, string container, params string[] command)
    {
        var process = ProcessOf(await IdAsync(@namespace, pod, container)).ToString(CultureInfo.InvariantCulture);
        return await Command.RunAsync("nsenter", ["--target", process, "--mount", .. command]);
    }

    /// <summary>Runs a program of the host in the network namespace of a container: what listens on the loopback there is reached so.</summary>
    internal async Task<Command> TryInNetworkAsync(string @namespace, string pod, string container, params string[] command)
    {
        var process = ProcessOf(await IdAsync(@namespace, pod, container)).ToString(CultureInfo.InvariantCulture);
        return await Command.TryAsync("nsenter", ["--target", process, "--net", .. command]);
    }

    /// <summary>The command lines of all processes that live in a container now.</summary>
    internal async Task<IReadOnlyList<string>> CommandLinesAsync(string @namespace, string pod, string container)
    {
        if (await TryIdAsync(@namespace, pod, container) is not { } id)
            return [];
        var home = MountsOf(ProcessOf(id).ToString(CultureInfo.InvariantCulture));
        return [.. Processes().Where(process => home is not null && MountsOf(process) == home).Select(CommandLine).Where(line => line.Length > 0)];
    }

    /// <summary>The command lines of all processes of the machine, the Pods' included.</summary>
    internal static IReadOnlyList<string> CommandLines() => [.. Processes().Select(CommandLine).Where(line => line.Length > 0)];

    private static IEnumerable<string> Processes() =>
        Directory.EnumerateDirectories("/proc").Select(folder => Path.GetFileName(folder)).Where(name => name.All(char.IsAsciiDigit));

    private static string? MountsOf(string process) => Given(() => new FileInfo($"/proc/{process}/ns/mnt").LinkTarget);

    private static string CommandLine(string process) => Given(() => File.ReadAllText($"/proc/{process}/cmdline"))?.Replace('\0', ' ').Trim() ?? "";

    // A process may end between its being named and its being read.
    private static string? Given(Func<string?> read)
    {
        try
        {
            return read();
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    private string FolderOf(string id) => Path.Combine(cluster.Environment.Cache, "run", "containerd", "io.containerd.runtime.v2.task", "k8s.io", id);

    private int ProcessOf(string id) => int.Parse(File.ReadAllText(Path.Combine(FolderOf(id), "init.pid")), CultureInfo.InvariantCulture);
}
