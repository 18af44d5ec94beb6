using System.Text;

namespace ControlPlane.Sidecar.Agent.Tool;

/// <summary>
/// The tool's log: bounded on disk by two files that take turns, bounded in memory by its last lines. A full disk costs the file, never
/// the run: what is said there is also how the owner learns of the full disk.
/// </summary>
internal sealed class ToolLog(string path, string secret) : IAsyncDisposable
{
    /// <summary>The longest file of the two.</summary>
    internal const int FileBytes = 1 << 20;

    /// <summary>The longest line that is kept.</summary>
    internal const int LineCharacters = 2000;

    private const int LinesInMemory = 40;

    // Shorter ones would be found by chance in every other line.
    private const int ShortestSecret = 4;

    private readonly Lock gate = new();
    private readonly Queue<string> tail = new();
    private FileStream? file;
    private bool given;

    /// <summary>Whether the tool's last line says that it completed.</summary>
    internal bool SaysCompleted { get; private set; }

    /// <summary>The last lines, the oldest first.</summary>
    internal IReadOnlyList<string> Tail
    {
        get
        {
            lock (gate)
                return [.. tail];
        }
    }

    private string Previous => path + ".1";

    /// <summary>Takes lines from the tool's standard error until it closes. A line without an end is cut, and its rest passed over.</summary>
    internal async Task ReadAsync(Stream error, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        var line = new List<byte>(LineCharacters);
        int count;
        while ((count = await error.ReadAsync(buffer, cancellationToken)) > 0)
        {
            foreach (var letter in buffer.AsSpan(0, count))
            {
                if (letter == '\n')
                    Take(line);
                else if (line.Count < LineCharacters)
                    line.Add(letter);
            }
        }

        Take(line);
    }

    /// <summary>The last bytes of the log as it lies on the disk.</summary>
    internal async Task<byte[]> LastAsync(int bytes, CancellationToken cancellationToken)
    {
        lock (gate)
            Try(() => file?.Flush());
        var both = new MemoryStream();
        foreach (var part in new[] { Previous, path }.Where(File.Exists))
        {
            await using var source = new FileStream(part, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);
            await source.CopyToAsync(both, cancellationToken);
        }

        return both.Length == 0 ? Encoding.UTF8.GetBytes(string.Join('\n', Tail)) : both.ToArray()[(int)Math.Max(0, both.Length - bytes)..];
    }

    public ValueTask DisposeAsync()
    {
        lock (gate)
        {
            Try(() => file?.Dispose());
            file = null;
            given = true;
        }

        return ValueTask.CompletedTask;
    }

    private void Take(List<byte> bytes)
    {
        var line = Encoding.UTF8.GetString([.. bytes]).TrimEnd('\r');
        bytes.Clear();
        if (line.Length == 0)
            return;

        // The tools mask their own password; this is for the day when one of them forgets to.
        if (secret.Length >= ShortestSecret)
            line = line.Replace(secret, "***", StringComparison.Ordinal);
        lock (gate)
        {
            SaysCompleted = line.EndsWith("completed OK!", StringComparison.Ordinal);
            tail.Enqueue(line);
            if (tail.Count > LinesInMemory)
                tail.Dequeue();
            if (!given && !Try(() => Append(line)))
                given = true;
        }
    }

    private void Append(string line)
    {
        if (file is { Length: > FileBytes })
        {
            file.Dispose();
            file = null;
            File.Move(path, Previous, overwrite: true);
        }

        file ??= new FileStream(path, new FileStreamOptions { Mode = FileMode.Append, Access = FileAccess.Write, Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });
        file.Write(Encoding.UTF8.GetBytes(line + "\n"));
    }

    private static bool Try(Action action)
    {
        try
        {
            action();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
