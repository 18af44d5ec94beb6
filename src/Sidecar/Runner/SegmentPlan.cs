using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// How a stream of unknown length is cut. Segments grow with their number, so that a small backup can be fetched side by side and one of
/// 20 TiB still has a few thousand of them; all parts have one size, so that the memory does not grow at all.
/// </summary>
/// <param name="FirstBytes">The length at which the first segments end.</param>
/// <param name="SegmentsPerStep">After so many segments they become four times as long.</param>
/// <param name="PartBytes">The length of each part of an upload.</param>
internal sealed record SegmentPlan(long FirstBytes, int SegmentsPerStep, int PartBytes)
{
    /// <summary>256 MiB for the first 250 GiB, then 1 GiB, 4, 16 and 64 GiB.</summary>
    internal static readonly SegmentPlan Standard = new(256L << 20, 1000, 16 << 20);

    private const int LargestStep = 4;

    /// <summary>The stored length at which a segment ends. A frame is never cut, so it may become longer by one frame.</summary>
    internal long TargetBytes(int index) => FirstBytes << (2 * Math.Min(index / SegmentsPerStep, LargestStep));

    /// <summary>The most parts that any segment can have, with one frame too many.</summary>
    internal long MostParts(int frameBytes) => (TargetBytes(int.MaxValue) + frameBytes + PartBytes - 1) / PartBytes;

    /// <summary>Whether every segment fits into what each store takes.</summary>
    internal bool FitsEveryStore(int frameBytes) => PartBytes >= ObjectLimits.MinimumPartBytes && MostParts(frameBytes) <= ObjectLimits.MaximumParts;
}
