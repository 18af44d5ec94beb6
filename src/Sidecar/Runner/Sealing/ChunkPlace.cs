namespace ControlPlane.Sidecar.Runner.Sealing;

/// <summary>Where a frame lies.</summary>
/// <param name="Segment">The segment, from 0.</param>
/// <param name="Chunk">Its place in the segment, from 0.</param>
/// <param name="EndsSegment">Whether it is the segment's last.</param>
/// <param name="EndsStream">Whether it is the stream's last.</param>
internal readonly record struct ChunkPlace(int Segment, int Chunk, bool EndsSegment, bool EndsStream);
