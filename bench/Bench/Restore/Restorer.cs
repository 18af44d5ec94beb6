using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Download;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.Restore;

/// <summary>One way from a store to a prepared data directory.</summary>
internal sealed record Restorer(string Name, Func<string, Task<Restoration>> RunAsync)
{
    /// <summary>Whether it is ours.</summary>
    internal bool IsOurs => Name.StartsWith("ours", StringComparison.Ordinal);

    /// <summary>The runner's own way, with its switch and all that it makes lasting.</summary>
    internal static Restorer Ours(Target target, Codec codec, bool seals)
    {
        var name = $"ours, {codec}{(seals ? ", sealed" : "")}";
        var job = RunnerJob.Prepare(target, name, storage => RestoreOnly.Request(storage, codec, seals));
        return new Restorer(name, async volume =>
        {
            var (report, cost, whole) = await job.RunAsync(volume);
            var (download, prepare) = (report.Volume!.DownloadSeconds, report.Volume.PrepareSeconds);
            return new Restoration(download, prepare, Math.Max(0, whole - download - prepare), cost.CpuSeconds, cost.PeakMebibytes);
        });
    }

    /// <summary>Public programs, one behind the other.</summary>
    internal static Restorer Pipeline(Target target, Codec codec) => new(codec == Codec.Zstd ? "rclone cat \\| zstd -d \\| mbstream -x" : "rclone cat \\| mbstream -x", async volume =>
    {
        var start = TimeProvider.System.GetTimestamp();
        var (read, write) = Posix.Pipe();
        var costs = new List<Cost>();
        await using (var fetching = Child.Start("rclone", Downloader.RcloneCommand(target, codec), Downloader.RcloneEnvironment(target), output: write))
        {
            Child? decoder = null;
            if (codec == Codec.Zstd)
            {
                var plain = Posix.Pipe();
                decoder = Child.Start("unzstd", ["zstd", "-d", "-q", "-c"], input: read, output: plain.Write);
                read = plain.Read;
            }

            await using var decoding = decoder;
            await using var unpacking = Child.Start("mbstream", ["mbstream", "-x", "-C", volume], input: read);
            costs.Add(await fetching.SucceedAsync());
            if (decoder is not null)
                costs.Add(await decoder.SucceedAsync());
            costs.Add(await unpacking.SucceedAsync());
        }

        var downloaded = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        await using (var preparing = Child.Start("prepare", ["mariadb-backup", "--no-defaults", "--prepare", $"--target-dir={volume}", "--use-memory=1073741824"]))
            await preparing.SucceedAsync();
        var prepared = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        await using (var syncing = Child.Start("sync", ["sync", "-f", volume]))
            await syncing.SucceedAsync();
        var lasting = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        return new Restoration(downloaded, prepared - downloaded, lasting - prepared, costs.Sum(cost => cost.CpuSeconds), costs.Max(cost => cost.PeakMebibytes));
    });
}

/// <summary>How long a restore took, and what it cost without preparing, which is the tool's in both.</summary>
/// <param name="Download">Seconds until all was unpacked.</param>
/// <param name="Prepare">Seconds that preparing took.</param>
/// <param name="Rest">Seconds until it was lasting, with the switch and the process's start where there are such.</param>
/// <param name="CpuSeconds">The processor's time, of all its processes but the one that prepares.</param>
/// <param name="PeakMebibytes">The largest of these processes.</param>
internal sealed record Restoration(double Download, double Prepare, double Rest, double CpuSeconds, double PeakMebibytes)
{
    /// <summary>From the store to prepared data.</summary>
    internal double Seconds => Download + Prepare;
}
