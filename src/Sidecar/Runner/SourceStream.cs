using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>The agent's stream, whose troubles are told apart from the store's.</summary>
internal sealed class SourceStream(Stream inner, string pod) : Stream
{
    private readonly XbStreamCheck frames = new();

    /// <summary>Why what came until now is no whole stream; null when nothing speaks against it.</summary>
    internal string? Objection => frames.Objection();

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        try
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            frames.Pass(buffer.Span[..count]);
            return count;
        }
        catch (Exception trouble) when (trouble is IOException or HttpRequestException)
        {
            throw new JobFaultException(JobFault.StreamBroken, $"The stream from Pod {pod} broke off: {trouble.Message}", trouble);
        }
    }

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush() => throw new NotSupportedException();

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
}
