namespace ControlPlane.Storage;

/// <summary>The beginning of a stream that would go on.</summary>
internal sealed class RangeStream : ReadStream
{
    private readonly Stream whole;
    private long left;

    public RangeStream(Stream whole, long length)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        this.whole = whole;
        left = length;
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        if (left == 0)
        {
            return 0;
        }

        int count = await whole.ReadAsync(buffer[..(int)Math.Min(left, buffer.Length)], cancellationToken);
        left -= count;
        return count;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            whole.Dispose();
        }

        base.Dispose(disposing);
    }
}
