using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Tests.Database;

/// <summary>A real MariaDB of its own on loopback, run as nobody when the tests run as root (a server refuses to be root).</summary>
internal sealed class MariaDbInstance : IAsyncDisposable
{
    internal const string Password = "canary-\"#\\ 7e1";

    private static readonly TimeSpan StartLimit = TimeSpan.FromMinutes(2);
    private static readonly string[] Needed = ["mariadbd", "mariadb-install-db", "mariadb", "mariadb-backup", "mbstream", "zstd", "lz4", "jq", "sha256sum"];

    private readonly DirectoryInfo folder;
    private Process? server;

    private MariaDbInstance(DirectoryInfo folder, int port, string data) => (this.folder, Port, Data) = (folder, port, data);

    internal int Port { get; }

    internal string Data { get; }

    internal string Credentials => Path.Combine(folder.FullName, "credentials");

    private string Socket => Path.Combine(folder.FullName, "s");

    /// <summary>A fresh server with an account for backups.</summary>
    internal static async Task<MariaDbInstance> StartAsync(int serverId = 11)
    {
        var missing = Needed.Where(tool => !Found(tool)).ToList();
        Assert.True(missing.Count == 0, $"These tests need {string.Join(", ", missing)}: apt-get install mariadb-server-core mariadb-backup mariadb-client zstd lz4 jq coreutils python3-cryptography.");
        var folder = OpenFolder();
        var data = Path.Combine(folder.FullName, "data");
        await RunAsync(Unprivileged("mariadb-install-db", "--no-defaults", $"--datadir={data}", "--auth-root-authentication-method=normal", "--skip-test-db"));
        var instance = new MariaDbInstance(folder, FreePort(), data);
        await instance.BeginAsync($"--server-id={serverId}", "--log-bin=bin", "--gtid-strict-mode=ON");
        Directory.CreateDirectory(instance.Credentials);
        await File.WriteAllTextAsync(Path.Combine(instance.Credentials, AgentFiles.User), "backup");
        await File.WriteAllTextAsync(Path.Combine(instance.Credentials, AgentFiles.Password), Password);
        await instance.AskAsync($"""
            CREATE USER backup@'127.0.0.1' IDENTIFIED BY '{Password.Replace("\\", "\\\\", StringComparison.Ordinal)}';
            GRANT RELOAD, PROCESS, LOCK TABLES, BINLOG MONITOR, REPLICA MONITOR, REPLICATION SLAVE ADMIN, REPLICATION SLAVE ON *.* TO backup@'127.0.0.1'
            """);
        return instance;
    }

    /// <summary>A server on a data directory that was restored.</summary>
    internal static async Task<MariaDbInstance> StartOnAsync(string restored)
    {
        var folder = OpenFolder();
        var data = Path.Combine(folder.FullName, "data");
        Directory.Move(restored, data);
        if (Environment.IsPrivilegedProcess)
            await RunAsync(new ProcessStartInfo("chown", ["-R", "nobody:nogroup", data]));
        var instance = new MariaDbInstance(folder, FreePort(), data);
        await instance.BeginAsync();
        return instance;
    }

    /// <summary>Ends the server, and leaves its data.</summary>
    internal async Task StopAsync()
    {
        await AskAsync("SHUTDOWN");
        await server!.WaitForExitAsync();
        server.Dispose();
        server = null;
        File.Delete(Socket);
    }

    /// <summary>Starts it again on what the data directory holds now.</summary>
    internal Task GoOnAsync() => BeginAsync("--log-bin=bin", "--server-id=11");

    /// <summary>Asks with the client; rows as lines, columns between tabs.</summary>
    internal Task<string> AskAsync(string statements) =>
        RunAsync(new ProcessStartInfo("mariadb", ["--no-defaults", "-uroot", "-N", "-B", "-S", Socket, "-e", statements]));

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
        {
            server.Kill();
            await server.WaitForExitAsync();
            server.Dispose();
        }

        folder.Delete(recursive: true);
    }

    internal static async Task<string> RunAsync(ProcessStartInfo start)
    {
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        using var process = Process.Start(start)!;
        var error = process.StandardError.ReadToEndAsync();
        var output = await process.StandardOutput.ReadToEndAsync();
        await process.WaitForExitAsync();
        Assert.True(process.ExitCode == 0, $"{start.FileName} ended with {process.ExitCode}: {await error}");
        return output.TrimEnd();
    }

    private static bool Found(string tool) => Environment.GetEnvironmentVariable("PATH")!.Split(':').Any(path => File.Exists(Path.Combine(path, tool)));

    private static ProcessStartInfo Unprivileged(params string[] command) => Environment.IsPrivilegedProcess
        ? new ProcessStartInfo("setpriv", ["--reuid=nobody", "--regid=nogroup", "--clear-groups", .. command])
        : new ProcessStartInfo(command[0], command[1..]);

    private static DirectoryInfo OpenFolder()
    {
        var folder = Directory.CreateTempSubdirectory("mariadb-");
        File.SetUnixFileMode(folder.FullName, (UnixFileMode)0b111_111_111);
        return folder;
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private async Task BeginAsync(params string[] further)
    {
        var start = Unprivileged(
        [
            "mariadbd", "--no-defaults", $"--datadir={Data}", $"--socket={Socket}", string.Create(CultureInfo.InvariantCulture, $"--port={Port}"),
            "--bind-address=127.0.0.1", $"--pid-file={folder.FullName}/pid", $"--log-error={folder.FullName}/error.log", "--innodb-buffer-pool-size=64M", .. further,
        ]);
        start.RedirectStandardOutput = true;
        start.RedirectStandardError = true;
        server = Process.Start(start)!;
        var began = TimeProvider.System.GetTimestamp();
        while (!File.Exists(Socket))
        {
            var waited = TimeProvider.System.GetElapsedTime(began);
            Assert.True(!server.HasExited && waited < StartLimit, $"The server did not start: {(File.Exists($"{folder.FullName}/error.log") ? await File.ReadAllTextAsync($"{folder.FullName}/error.log") : "no log")}");
            await Task.Delay(TimeSpan.FromMilliseconds(100), TimeProvider.System);
        }
    }
}
