using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Says of each frame, in the order of the stream, where it lies. A place is given once: a sealed chunk's nonce follows from it.</summary>
internal sealed class SegmentCutter(SegmentPlan plan)
{
    private int segment;
    private int chunk;
    private long stored;

    /// <summary>The place of the next frame.</summary>
    /// <param name="storedBytes">Its length in the store.</param>
    /// <param name="last">Whether the stream ends with it.</param>
    internal ChunkPlace Next(int storedBytes, bool last)
    {
        stored += storedBytes;
        var place = new ChunkPlace(segment, chunk, last || stored >= plan.TargetBytes(segment), last);
        (segment, chunk, stored) = place.EndsSegment ? (segment + 1, 0, 0) : (segment, chunk + 1, stored);
        return place;
    }
}
