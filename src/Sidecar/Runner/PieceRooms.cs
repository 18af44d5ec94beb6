using ControlPlane.Sidecar.Runner.Flow;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Where the pieces of a stream are read to. Whoever rents one waits until there is room.</summary>
internal interface IPieceRooms
{
    /// <summary>Room for the next piece, as soon as there is some.</summary>
    ValueTask<Piece> RentAsync(CancellationToken cancellationToken);

    /// <summary>The piece was written.</summary>
    void Return(Piece piece);
}

/// <summary>A fixed number of pieces, used again and again: for those that are coded or sealed, and copied into parts afterwards.</summary>
internal sealed class PieceRooms(int most, int frameBytes) : IPieceRooms
{
    private readonly BufferPool<Piece> pool = new(most, () => new Piece(frameBytes));

    public ValueTask<Piece> RentAsync(CancellationToken cancellationToken) => pool.RentAsync(cancellationToken);

    public void Return(Piece piece) => pool.Return(piece);
}

/// <summary>
/// The parts themselves, for pieces that are stored as they come: each is read to where it is sent from, and not copied again. A part goes back with what
/// was sent of it.
/// </summary>
internal sealed class PartRooms(SegmentPlan plan, PartPool parts) : IPieceRooms
{
    private readonly SegmentCutter cutter = new(plan);
    private byte[]? part;
    private int taken;
    private int segment;

    /// <summary>Whether pieces fill parts, and parts segments, without a rest.</summary>
    internal static bool Fit(SegmentPlan plan) =>
        plan.PartBytes % FrameCodec.PieceBytes == 0 && plan.FirstBytes % plan.PartBytesOf(int.MaxValue) == 0;

    public async ValueTask<Piece> RentAsync(CancellationToken cancellationToken)
    {
        if (part is null || taken == part.Length)
            (part, taken) = (await parts.RentAsync(plan.PartBytesOf(segment), cancellationToken), 0);
        var piece = new Piece(part, taken);
        taken += FrameCodec.PieceBytes;
        if (cutter.Next(FrameCodec.PieceBytes, last: false) is { EndsSegment: true } place)
            segment = place.Segment + 1;
        return piece;
    }

    public void Return(Piece piece)
    {
    }
}
