using System.Diagnostics;
using System.Security.Cryptography;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Tests.Database;
using ControlPlane.Sidecar.Tests.Runner;

namespace ControlPlane.Sidecar.Tests.Restoring;

public sealed class TreeWriterTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("tree-");

    public void Dispose() => folder.Delete(recursive: true);

    // Files side by side, more of them than are kept open, empty ones, some with holes in every place, and in pieces of every size.
    [Theory]
    [InlineData(1, false)]
    [InlineData(2, false)]
    [InlineData(3, true)]
    [InlineData(4, true)]
    public async Task Write_OfRandomStreams_MakesTheirFiles(int seed, bool hasHoles)
    {
        var random = new Random(seed);
        var (stream, files) = Made(random, hasHoles);
        var (ours, theirs) = (folder.CreateSubdirectory("ours").FullName, folder.CreateSubdirectory("theirs").FullName);
        await using (var writer = new TreeWriter(ours))
        {
            Pass(writer, stream, random);
            writer.Complete();
            Assert.Equal(stream.Length, writer.Taken);
        }

        foreach (var (path, content) in files)
            Assert.True(content.SequenceEqual(await File.ReadAllBytesAsync(Path.Combine(ours, path), TestContext.Current.CancellationToken)), path);

        // MariaDB's program has no file with holes in what it makes, and does not unpack one out of a pipe.
        if (hasHoles)
            return;
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "stream"), stream, TestContext.Current.CancellationToken);
        await MariaDbInstance.RunAsync(new ProcessStartInfo("bash", ["-c", "mbstream -x -C \"$1/theirs\" < \"$1/stream\"", "unpack", folder.FullName]));
        await MariaDbInstance.RunAsync(new ProcessStartInfo("diff", ["-r", ours, theirs]));
    }

    // Long enough to go past the page cache, from and to every place in a page, and with short pieces of other files between.
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Write_OfLongRuns_MakesTheirFiles(int seed)
    {
        var random = new Random(seed);
        var files = Enumerable.Range(0, 6).ToDictionary(index => $"db/t{index}.ibd", _ => new List<byte>());
        using (var writer = new TreeWriter(folder.FullName))
        {
            for (var turn = 0; turn < 40; turn++)
            {
                var (path, file) = files.ElementAt(random.Next(files.Count));
                var content = RandomNumberGenerator.GetBytes(turn % 3 == 0 ? random.Next(1, 5000) : (random.Next(0, 700) * 4096) + (turn % 2 == 0 ? 0 : random.Next(0, 4096)));
                Pass(writer, Frames.Data(path, content, file.Count), random);
                file.AddRange(content);
            }

            foreach (var path in files.Keys)
                Pass(writer, Frames.End(path), random);
            writer.Complete();
        }

        foreach (var (path, content) in files)
            Assert.True(content.SequenceEqual(await File.ReadAllBytesAsync(Path.Combine(folder.FullName, path), TestContext.Current.CancellationToken)), path);
    }

    [Fact]
    public void TryWriteDirect_WhereTheFileSystemRefuses_WritesNothing()
    {
        var path = Path.Combine(folder.FullName, "a.ibd");
        using var file = new TreeFile("a.ibd", path, FileMode.Create);

        // Neither the length nor the place is a multiple of any disk's block.
        Assert.False(file.TryWriteDirect(new byte[100], 1));
        Assert.False(file.TryWriteDirect(new byte[DirectWriter.Alignment], 0), "It was asked again.");
        Assert.Equal(0, new FileInfo(path).Length);
    }

    [Fact]
    public void Write_OnAFullVolume_SaysSo()
    {
        using var file = new TreeFile("full", "/dev/full", FileMode.Open);
        using var writer = new DirectWriter();

        var trouble = Assert.Throws<IOException>(() =>
        {
            writer.Write(file, 0, new byte[3 * DirectWriter.BlockBytes]);
            writer.Settle();
        });

        Assert.True(Posix.MeansFull(trouble), trouble.Message);
    }

    [Fact]
    public void Write_OfHoles_TakesNoRoomForThem()
    {
        using (var writer = new TreeWriter(folder.FullName))
        {
            writer.Write(Frames.Sparse("a.ibd", new byte[4096], 0, (64 << 20, 4096), (64 << 20, 0)));
            writer.Write(Frames.End("a.ibd"));
            writer.Complete();
        }

        var path = Path.Combine(folder.FullName, "a.ibd");
        Assert.Equal((128 << 20) + 4096, new FileInfo(path).Length);
        Assert.True(Posix.Look(path).Bytes < 1 << 20);
    }

    [Fact]
    public void Complete_BeforeTheEnd_Throws()
    {
        using var writer = new TreeWriter(folder.FullName);
        writer.Write(Frames.Data("a.ibd", [1], 0));

        Assert.Equal(JobFault.ManifestMismatch, Assert.Throws<JobFaultException>(writer.Complete).Fault);
    }

    private static void Pass(TreeWriter writer, byte[] stream, Random random)
    {
        for (var at = 0; at < stream.Length;)
        {
            var count = Math.Min(random.Next(1, 200_000), stream.Length - at);
            writer.Write(stream.AsSpan(at, count));
            at += count;
        }
    }

    private static (byte[] Stream, Dictionary<string, List<byte>> Files) Made(Random random, bool hasHoles)
    {
        using var stream = new MemoryStream();
        var open = Enumerable.Range(0, 300).Select(index => (Path: $"db{index % 7}/t{index}.ibd", Left: random.Next(0, 5))).ToList();
        var files = open.ToDictionary(file => file.Path, _ => new List<byte>());
        while (open.Count > 0)
        {
            var chosen = random.Next(open.Count);
            var (path, left) = open[chosen];
            if (left == 0)
            {
                stream.Write(Frames.End(path));
                open.RemoveAt(chosen);
                continue;
            }

            var (file, content, half) = (files[path], RandomNumberGenerator.GetBytes(random.Next(2, 9000)), 0);
            half = content.Length / 2;
            var (before, within, after) = hasHoles ? (random.Next(0, 9000), random.Next(0, 9000), random.Next(0, 9000)) : (0, 0, 0);
            stream.Write(hasHoles
                ? Frames.Sparse(path, content, file.Count, ((uint)before, (uint)half), ((uint)within, (uint)(content.Length - half)), ((uint)after, 0))
                : Frames.Data(path, content, file.Count));
            file.AddRange([.. new byte[before], .. content[..half], .. new byte[within], .. content[half..], .. new byte[after]]);
            open[chosen] = (path, left - 1);
        }

        return (stream.ToArray(), files);
    }
}
