using ControlPlane.Bench.Running;

namespace ControlPlane.Bench.DataPath;

/// <summary>One way to bring the stream into a store.</summary>
internal abstract class Contestant
{
    /// <summary>Its name in the table.</summary>
    internal abstract string Name { get; }

    /// <summary>Where it writes.</summary>
    internal abstract Target Target { get; }

    /// <summary>Whether it is ours.</summary>
    internal virtual bool IsOurs => false;

    /// <summary>Whether it does what the peers do, and no more.</summary>
    internal virtual bool IsLikePeers => true;

    /// <summary>Whether it compresses; only like is compared with like.</summary>
    internal virtual bool Compresses => false;

    /// <summary>Moves a stream of that many MiB once.</summary>
    internal abstract Task<Sample> RunAsync(int mebibytes);

    /// <summary>The tool that takes the part of the backup tool writes the stream into this command's input.</summary>
    protected static Child StartSource(int mebibytes, int output) =>
        Child.Start("source", [Workplace.Bench, "stream", Workplace.Pool, $"{mebibytes}"], output: output);
}

/// <summary>One run.</summary>
/// <param name="Seconds">From the start of the command to its end.</param>
/// <param name="Parts">What its processes cost, by name; the source of the stream is not among them.</param>
internal sealed record Sample(double Seconds, IReadOnlyDictionary<string, Cost> Parts)
{
    /// <summary>All its processes together.</summary>
    internal double CpuSeconds => Parts.Values.Sum(part => part.CpuSeconds);

    /// <summary>How long it took until all was stored, where that is not its end.</summary>
    internal double? UploadSeconds { get; init; }

    /// <summary>What it said of itself at its end.</summary>
    internal string Remark { get; init; } = "";
}
