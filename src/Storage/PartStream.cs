namespace ControlPlane.Storage;

/// <summary>
/// Memory as the stream that the SDK asks for, without a copy. Each read counts as progress, and each asynchronous one waits for its turn where there is a pace: that is how bodies are sent. Once disposed it reads nothing any more:
/// a request that was given up may still be looking at its body while the caller already uses the buffer for something else.
/// </summary>
internal sealed class PartStream(ReadOnlyMemory<byte> content, StallWatch watch) : Stream
{
    private readonly Lock gate = new();
    private readonly int length = content.Length;
    private ReadOnlyMemory<byte> content = content;
    private int position;
    private bool isRewound;

    /// <summary>Whether the SDK reads all of it once for a checksum of its own, before it sends it.</summary>
    public bool IsReadTwice { get; init; }

    public override bool CanRead => true;

    public override bool CanSeek => true;

    public override bool CanWrite => false;

    public override long Length => length;

    public override long Position
    {
        get => position;
        set
        {
            ArgumentOutOfRangeException.ThrowIfNegative(value);
            ArgumentOutOfRangeException.ThrowIfGreaterThan(value, length);
            isRewound |= value < position;
            position = (int)value;
        }
    }

    private int Left
    {
        get
        {
            lock (gate)
            {
                return content.Length - position;
            }
        }
    }

    public override int Read(Span<byte> buffer)
    {
        watch.Progress();
        lock (gate)
        {
            var left = content[position..];
            int count = Math.Min(buffer.Length, left.Length);
            left.Span[..count].CopyTo(buffer);
            position += count;
            return count;
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken)
        : watch.IsPaced && (isRewound || !IsReadTwice) ? ReadPacedAsync(buffer)
        : new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override long Seek(long offset, SeekOrigin origin) => Position = origin switch
    {
        SeekOrigin.Begin => offset,
        SeekOrigin.Current => position + offset,
        _ => length + offset,
    };

    public override void Flush()
    {
    }

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    private async ValueTask<int> ReadPacedAsync(Memory<byte> buffer)
    {
        int wanted = Math.Min(buffer.Length, Left);
        int granted = wanted == 0 ? 0 : await watch.PaceAsync(wanted);
        return Read(buffer.Span[..granted]);
    }

    protected override void Dispose(bool disposing)
    {
        lock (gate)
        {
            content = default;
            position = 0;
        }

        base.Dispose(disposing);
    }
}
