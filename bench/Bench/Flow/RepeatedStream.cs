namespace ControlPlane.Bench.Flow;

/// <summary>The same bytes again and again, until so many were read.</summary>
internal sealed class RepeatedStream(byte[] content, long length) : System.IO.Stream
{
    private long read;

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position { get => read; set => throw new NotSupportedException(); }

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        var at = (int)(read % content.Length);
        var count = (int)Math.Min(Math.Min(buffer.Length, content.Length - at), length - read);
        content.AsSpan(at, count).CopyTo(buffer.Span);
        read += count;
        return ValueTask.FromResult(count);
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
