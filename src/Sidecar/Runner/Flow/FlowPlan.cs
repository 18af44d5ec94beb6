using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Flow;

/// <summary>
/// How much a Job does at a time. All that grows with the work lies in these buffers, so the runner's memory follows from its cores and its
/// memory limit (<c>storages.&lt;name&gt;.resources</c>), and from nothing that a store or a database does.
/// </summary>
/// <param name="Coders">Threads that compress and seal.</param>
/// <param name="PartBytes">How many bytes of parts there may be at a time, those that are being filled included.</param>
internal sealed record FlowPlan(int Coders, long PartBytes)
{
    private const long MiB = 1 << 20;

    /// <summary>What all buffers together may take: with what the runtime and the connections need it stays below 256 MiB.</summary>
    private const long MostBytes = 160 * MiB;

    /// <summary>What the process needs beside its buffers.</summary>
    private const long ProcessBytes = 96 * MiB;

    /// <summary>Below this no stream flows: one part on its way, one that fills.</summary>
    private const long LeastPartBytes = 32 * MiB;

    /// <summary>More parts than this at a time no store was seen to reward.</summary>
    private const long MostPartBytes = 128 * MiB;

    /// <summary>More threads than this no single stream of a backup tool can feed.</summary>
    private const int MostCoders = 16;

    /// <summary>What this process has: the cores and the memory that its container may use.</summary>
    internal static FlowPlan OfThisProcess(CompressionRequest compression) =>
        For(Environment.ProcessorCount, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes, compression);

    /// <summary>
    /// For so many cores and so much memory. Coders come first, one for each core, as long as parts keep the least they need; parts get
    /// what is left, up to a bound.
    /// </summary>
    internal static FlowPlan For(int cores, long memoryBytes, CompressionRequest compression)
    {
        var buffers = Math.Clamp(memoryBytes - ProcessBytes, LeastPartBytes, MostBytes);
        var room = buffers - LeastPartBytes - (PiecesBeside * PieceBytes);
        var coders = (int)Math.Clamp(room / (PieceBytes + CodecBytes(compression)), 1, Math.Clamp(cores, 1, MostCoders));
        var rest = buffers - (PiecesBeside * PieceBytes) - (coders * (PieceBytes + CodecBytes(compression)));
        return new FlowPlan(coders, Math.Clamp(rest, LeastPartBytes, MostPartBytes));
    }

    /// <summary>Pieces that no coder holds: one being read, one that waits to be sealed, one that waits to be written.</summary>
    internal const int PiecesBeside = 3;

    // Its bytes, and room for its frame.
    private const long PieceBytes = 2 * FrameCodec.PieceBytes;

    // What a codec keeps for itself, as measured with pieces of 2 MiB: the search tables of the higher levels are what counts.
    private static long CodecBytes(CompressionRequest compression) => compression switch
    {
        { Codec: Codec.Zstd, Level: > 12 } => 48 * MiB,
        { Codec: Codec.Zstd, Level: > 5 } => 16 * MiB,
        { Codec: Codec.Zstd } => 4 * MiB,
        { Codec: Codec.Lz4 } => MiB / 2,
        _ => 0,
    };
}
