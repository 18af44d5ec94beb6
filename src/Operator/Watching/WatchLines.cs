using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace ControlPlane.Operator.Watching;

/// <summary>Cuts the body of a watch into its lines. A last line without its end was cut off, and is left out: the next watch brings it again.</summary>
internal static class WatchLines
{
    /// <summary>Above what any API server stores; whatever is longer is no watch.</summary>
    public const int LongestLine = 16 * 1024 * 1024;

    /// <summary>The lines, each in a buffer of its own.</summary>
    public static async IAsyncEnumerable<byte[]> ReadAsync(Stream body, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var reader = PipeReader.Create(body, new StreamPipeReaderOptions(bufferSize: 16 * 1024, leaveOpen: true));
        try
        {
            while (true)
            {
                var result = await reader.ReadAsync(cancellationToken);
                var buffer = result.Buffer;
                while (buffer.PositionOf((byte)'\n') is { } end)
                {
                    var line = buffer.Slice(0, end).ToArray();
                    buffer = buffer.Slice(buffer.GetPosition(1, end));
                    if (line.AsSpan().Trim(" \r\t"u8).Length > 0)
                        yield return line;
                }
                if (buffer.Length > LongestLine)
                    throw new IOException($"A line of the watch is longer than {LongestLine} bytes.");
                reader.AdvanceTo(buffer.Start, buffer.End);
                if (result.IsCompleted)
                    yield break;
            }
        }
        finally
        {
            await reader.CompleteAsync();
        }
    }
}
