using System.Globalization;
using System.Net.Sockets;
using ControlPlane.Bench.Running;
using ControlPlane.Bench.Stream;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.DataPath;

/// <summary>
/// A database's Pod as far as the agent sees one: a real server, idle and with nothing in it, and a real agent, whose path leads to the
/// stand-in instead of the backup tool.
/// </summary>
internal sealed class Source : IAsyncDisposable
{
    private const int ServerPort = 36933;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private readonly Child server;
    private readonly string folder;
    private readonly Credentials credentials;
    private readonly string tools;

    private Source(Child server, string folder, Credentials credentials, string tools) =>
        (this.server, this.folder, this.credentials, this.tools) = (server, folder, credentials, tools);

    /// <summary>Starts the server.</summary>
    internal static async Task<Source> StartAsync(Credentials credentials)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Workplace.Folder, "source")).FullName;
        var data = Directory.CreateDirectory(Path.Combine(folder, "data")).FullName;
        var account = Directory.CreateDirectory(Path.Combine(folder, "account")).FullName;
        await File.WriteAllTextAsync(Path.Combine(account, AgentFiles.User), "bench");
        await File.WriteAllTextAsync(Path.Combine(account, AgentFiles.Password), "bench");
        var tools = Directory.CreateDirectory(Path.Combine(folder, "tools")).FullName;
        var tool = Path.Combine(tools, "mariadb-backup");
        await File.WriteAllTextAsync(tool, $"#!/bin/sh\nexec \"{Workplace.Bench}\" stand-in-tool \"$@\"\n");
        File.SetUnixFileMode(tool, UnixFileMode.UserRead | UnixFileMode.UserExecute);

        // Nothing is stored there, so neither tables of accounts nor a log are needed.
        var server = Child.Start("server",
        [
            Workplace.Setting("BENCH_MARIADBD"), "--no-defaults", "--user=root", $"--datadir={data}", $"--socket={folder}/s", $"--port={ServerPort}", "--bind-address=127.0.0.1",
            "--skip-grant-tables", "--innodb-log-file-size=4M", "--innodb-buffer-pool-size=8M", "--skip-name-resolve",
        ]);
        await UntilAsync(server, () => Answers(ServerPort));
        return new Source(server, folder, credentials, tools);
    }

    /// <summary>Starts an agent, so that each run has a peak of its own.</summary>
    internal async Task<Child> StartAgentAsync(int mebibytes)
    {
        var agent = Child.Start("agent", [Workplace.Setting("BENCH_SIDECAR"), AgentFiles.AgentVerb], new Dictionary<string, string>
        {
            [AgentFiles.NamespaceVariable] = Credentials.Namespace,
            [AgentFiles.ClusterVariable] = Credentials.Cluster,
            [AgentFiles.DataPathVariable] = Path.Combine(folder, "data"),
            [AgentFiles.TlsVariable] = credentials.AgentFolder,
            [AgentFiles.CredentialsVariable] = Path.Combine(folder, "account"),
            [AgentFiles.ScratchVariable] = Directory.CreateDirectory(Path.Combine(folder, "scratch")).FullName,
            [AgentFiles.ListenAddressVariable] = "127.0.0.1",
            [AgentFiles.PortVariable] = ServerPort.ToString(CultureInfo.InvariantCulture),
            ["PATH"] = $"{tools}:{Environment.GetEnvironmentVariable("PATH")}",
            [StandInTool.PoolVariable] = Workplace.Pool,
            [StandInTool.MebibytesVariable] = mebibytes.ToString(CultureInfo.InvariantCulture),
        });
        await UntilAsync(agent, () => Answers(AgentApi.Port));
        return agent;
    }

    public ValueTask DisposeAsync() => server.DisposeAsync();

    private static async Task UntilAsync(Child child, Func<bool> ready)
    {
        var start = TimeProvider.System.GetTimestamp();
        while (!ready())
        {
            if (!child.Runs || TimeProvider.System.GetElapsedTime(start) > Patience)
                throw new InvalidOperationException($"A server did not come up: {await child.TailAsync()}");
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }
    }

    private static bool Answers(int port)
    {
        using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
        try
        {
            socket.Connect("127.0.0.1", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}
