using System.Text.RegularExpressions;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>
/// A backup brought back by hand, with public tools alone, as <c>docs/backup-format.md</c> says: download, check the sums, decompress,
/// unpack, prepare; and a fresh server on it, which only a socket in its own folder reaches.
/// </summary>
internal sealed partial class RestoredServer : IAsyncDisposable
{
    private readonly string folder;
    private Command.Running? server;

    private RestoredServer(string folder) => this.folder = folder;

    private string Data => Path.Combine(folder, "restored");

    private string Socket => Path.Combine(folder, "mysqld.sock");

    internal static async Task<RestoredServer> FromAsync(Bucket bucket, string prefix)
    {
        var restored = new RestoredServer(Directory.CreateTempSubdirectory("restored-by-hand-").FullName);
        foreach (var item in await bucket.ListAsync(prefix))
            await bucket.DownloadAsync(item.Key, Path.Combine(restored.folder, "backup", item.Key[prefix.Length..]));
        await restored.UnpackAsync();
        await restored.StartAsync();
        return restored;
    }

    /// <summary>The bare values that statements give, one row a line.</summary>
    internal async Task<string> AskAsync(string sql) =>
        (await Command.RunAsync("mariadb", ["--no-defaults", $"--socket={Socket}", "--batch", "--skip-column-names", "--execute", sql])).Trim();

    public async ValueTask DisposeAsync()
    {
        if (server is not null)
            await server.DisposeAsync();
        Directory.Delete(folder, recursive: true);
    }

    // The document's own steps, word by word: check the sums, decode and unpack, prepare.
    private async Task UnpackAsync()
    {
        var steps = ShellBlock().Matches(Documents.Read("docs/backup-format.md")).Select(block => block.Groups["lines"].Value).ToArray();
        Assert.Equal(3, steps.Length);
        var backup = Path.Combine(folder, "backup");
        await Command.RunAsync("bash", ["-e", "-c", string.Join('\n', steps)], folder: backup, environment: new Dictionary<string, string> { ["TARGET"] = Data });
        Directory.Delete(backup, recursive: true);
    }

    private async Task StartAsync()
    {
        server = Command.Begin("mariadbd",
        [
            "--no-defaults", $"--datadir={Data}", $"--socket={Socket}", $"--pid-file={folder}/pid", $"--tmpdir={folder}", "--user=root",
            "--skip-networking", "--skip-grant-tables", "--skip-slave-start", "--innodb-log-file-size=256M",
        ]);
        var lines = server;
        await Wait.UntilAsync("the restored server", TimeSpan.FromSeconds(60), AnswersAsync, () => Task.FromResult(string.Join('\n', lines.Lines.TakeLast(30))));
    }

    private async Task<bool> AnswersAsync() =>
        File.Exists(Socket) && (await Command.TryAsync("mariadb", ["--no-defaults", $"--socket={Socket}", "--execute", "select 1"])).ExitCode == 0;

    [GeneratedRegex(@"^ *```sh\n(?<lines>.*?)^ *```$", RegexOptions.Multiline | RegexOptions.Singleline)]
    private static partial Regex ShellBlock();
}
