using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.DataPath;

/// <summary>Ours without an agent before it: what the peers are given, a stream out of a pipe, goes through <see cref="UploadOnly"/>.</summary>
internal sealed class OursFromPipe(Target target, Codec codec, bool seals = false) : Contestant
{
    private readonly JobFolder files = new();
    private int run;

    internal override string Name => $"ours, from a pipe{(codec == Codec.Zstd ? ", zstd-1" : "")}{(seals ? ", sealed" : "")}";

    internal override Target Target => target;

    internal override bool IsOurs => true;

    internal override bool IsLikePeers => !seals;

    internal override bool Compresses => codec == Codec.Zstd;

    internal override async Task<Sample> RunAsync(int mebibytes)
    {
        var uid = $"pipe-{Environment.ProcessId}-{++run}";
        await files.WriteAsync(Ours.Request(uid, target, codec, seals, authority: ""), "", target);
        var start = TimeProvider.System.GetTimestamp();
        var (read, write) = Posix.Pipe();
        await using var source = StartSource(mebibytes, write);
        await using var upload = Child.Start("upload", [Workplace.Setting("BENCH_UPLOAD"), "upload-only", files.Root, "pipe"], target.Environment, input: read);
        var cost = await upload.SucceedAsync();
        var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
        await source.SucceedAsync();
        return new Sample(seconds, new Dictionary<string, Cost> { ["runner"] = cost }) { Remark = (await upload.TailAsync()).Split('\n')[^1] };
    }
}
