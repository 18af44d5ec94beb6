using System.Text;
using ControlPlane.Sidecar.Agent.Tool;

namespace ControlPlane.Sidecar.Tests.Agent;

public sealed class ToolLogTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    private string Path => System.IO.Path.Combine(folder.FullName, "tool.log");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task ReadAsync_OfAFlood_StaysBoundedOnDiskAndKeepsTheEnd()
    {
        await using var log = new ToolLog(Path, "");
        var text = string.Concat(Enumerable.Range(0, 60_000).Select(line => $"line {line} {new string('x', 60)}\n")) + "[00] completed OK!\n";

        await log.ReadAsync(new MemoryStream(Encoding.UTF8.GetBytes(text)), CancellationToken.None);

        Assert.True(log.SaysCompleted);
        Assert.InRange(folder.EnumerateFiles().Sum(file => file.Length), 1, (2 * ToolLog.FileBytes) + 10_000);
        var last = Encoding.UTF8.GetString(await log.LastAsync(1 << 20, CancellationToken.None));
        Assert.Equal(1 << 20, last.Length);
        Assert.EndsWith("line 59999 " + new string('x', 60) + "\n[00] completed OK!\n", last, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_OfALineWithoutAnEnd_CutsIt()
    {
        await using var log = new ToolLog(Path, "");

        await log.ReadAsync(new MemoryStream(new byte[5_000_000].Select(_ => (byte)'a').ToArray()), CancellationToken.None);

        Assert.Equal(ToolLog.LineCharacters, Assert.Single(log.Tail).Length);
    }

    [Fact]
    public async Task ReadAsync_OfALineWithThePassword_StrikesItOut()
    {
        await using var log = new ToolLog(Path, "hunter2");

        await log.ReadAsync(new MemoryStream("connecting with hunter2 now\n"u8.ToArray()), CancellationToken.None);

        Assert.Equal("connecting with *** now", Assert.Single(log.Tail));
        Assert.DoesNotContain("hunter2", await File.ReadAllTextAsync(Path), StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_WithoutADiskToWriteTo_GoesOnInMemory()
    {
        await using var log = new ToolLog(System.IO.Path.Combine(folder.FullName, "gone", "tool.log"), "");

        await log.ReadAsync(new MemoryStream("one\nNo space left on device\n"u8.ToArray()), CancellationToken.None);

        Assert.Equal(["one", "No space left on device"], log.Tail);
        Assert.Equal("one\nNo space left on device", Encoding.UTF8.GetString(await log.LastAsync(100, CancellationToken.None)));
    }
}
