using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// How a stream of unknown length is cut. Segments grow with their number, so that a small backup can be fetched side by side and one of
/// 20 TiB still has a few thousand of them. Parts grow once, when a stream is so long that their number costs more than a part sent
/// again; how many bytes of them there are at a time is <see cref="Flow.PartPool"/>'s to say, so the memory does not grow at all.
/// </summary>
/// <param name="FirstBytes">The length at which the first segments end.</param>
/// <param name="SegmentsPerStep">After so many segments they become four times as long.</param>
/// <param name="PartBytes">The length of the parts of the first segments.</param>
internal sealed record SegmentPlan(long FirstBytes, int SegmentsPerStep, int PartBytes)
{
    /// <summary>256 MiB for the first 250 GiB, then 1 GiB, 4, 16 and 64 GiB.</summary>
    internal static readonly SegmentPlan Standard = new(256L << 20, 1000, 16 << 20);

    private const int LargestStep = 4;

    /// <summary>From this step on parts are twice as long: beyond 5 TiB, by the standard plan.</summary>
    private const int StepOfLongParts = 3;

    /// <summary>The length of each part of a segment but the last: 16 MiB, and 32 MiB from the 3000th segment on.</summary>
    internal int PartBytesOf(int index) => index / SegmentsPerStep >= StepOfLongParts ? PartBytes * 2 : PartBytes;

    /// <summary>The stored length at which a segment ends. A frame is never cut, so it may become longer by one frame.</summary>
    internal long TargetBytes(int index) => FirstBytes << (2 * Math.Min(index / SegmentsPerStep, LargestStep));

    /// <summary>The most parts that any segment can have, with one frame too many.</summary>
    internal long MostParts(int frameBytes) =>
        Enumerable.Range(0, LargestStep + 1).Select(step => step * SegmentsPerStep).Max(index => (TargetBytes(index) + frameBytes + PartBytesOf(index) - 1) / PartBytesOf(index));

    /// <summary>Whether every segment fits into what each store takes.</summary>
    internal bool FitsEveryStore(int frameBytes) => PartBytes >= ObjectLimits.MinimumPartBytes && MostParts(frameBytes) <= ObjectLimits.MaximumParts;
}
