namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A backup brought back by hand, and a fresh server on it, which only a socket in its own folder reaches.</summary>
internal sealed class RestoredServer : IAsyncDisposable
{
    private readonly FetchedBackup backup;
    private Command.Running? server;

    private RestoredServer(FetchedBackup backup) => this.backup = backup;

    private string Socket => Path.Combine(backup.Folder, "mysqld.sock");

    /// <summary>Prepares the backup and starts a server on it; the backup goes with the server.</summary>
    internal static async Task<RestoredServer> OnAsync(FetchedBackup backup)
    {
        var restored = new RestoredServer(backup);
        try
        {
            await backup.PrepareAsync();
            await restored.StartAsync();
            return restored;
        }
        catch
        {
            await restored.DisposeAsync();
            throw;
        }
    }

    /// <summary>The bare values that statements give, one row a line.</summary>
    internal async Task<string> AskAsync(string sql) =>
        (await Command.RunAsync("mariadb", ["--no-defaults", $"--socket={Socket}", "--batch", "--skip-column-names", "--execute", sql])).Trim();

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        backup.Dispose();
    }

    private async Task StartAsync()
    {
        var lines = server = Command.Begin("mariadbd",
        [
            "--no-defaults", $"--datadir={backup.Data}", $"--socket={Socket}", $"--pid-file={backup.Folder}/pid", $"--tmpdir={backup.Folder}", "--user=root",
            "--skip-networking", "--skip-grant-tables", "--skip-slave-start", "--innodb-log-file-size=256M",
        ]);
        await Wait.UntilAsync("the restored server", TimeSpan.FromSeconds(60), AnswersAsync, () => Task.FromResult(string.Join('\n', lines.Lines.TakeLast(30))));
    }

    private async Task<bool> AnswersAsync() =>
        File.Exists(Socket) && (await Command.TryAsync("mariadb", ["--no-defaults", $"--socket={Socket}", "--execute", "select 1"])).ExitCode == 0;
}
