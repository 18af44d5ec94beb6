using System.Buffers.Binary;
using System.Text;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Follows the frames of an xbstream as they pass, so that a stream that was cut short is known for one even where the tool said that it
/// completed. A frame is <c>XBSTCK01</c>, flags, a type, the path's length and the path; a frame with data goes on with the data's
/// length, offset and checksum, and the data. Of a type that is not known here the rest cannot be followed, and nothing is said.
/// </summary>
internal sealed class XbStreamCheck
{
    private const int HeadBytes = 14;
    private const int DataHeadBytes = 20;
    private const int LongestPath = 4096;
    private const byte Data = (byte)'P';
    private const byte End = (byte)'E';

    private readonly byte[] head = new byte[HeadBytes + LongestPath + DataHeadBytes];
    private readonly HashSet<string> open = new(StringComparer.Ordinal);
    private int have;
    private ulong passing;
    private long files;
    private bool lost;
    private string? broken;

    private static ReadOnlySpan<byte> Magic => "XBSTCK01"u8;

    /// <summary>What has to be known before the next step: the head, then the path, then the data's own head.</summary>
    private int Wanted =>
        have < HeadBytes ? HeadBytes
        : HeadBytes + PathBytes + (head[9] == Data ? DataHeadBytes : 0);

    private int PathBytes => (int)BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(10));

    /// <summary>Takes the next bytes of the stream.</summary>
    internal void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && !lost && broken is null)
            bytes = passing > 0 ? PassData(bytes) : PassHead(bytes);
    }

    /// <summary>Why the stream that ended here is not whole; null when nothing speaks against it.</summary>
    internal string? Objection() => (lost, broken) switch
    {
        (true, _) => null,
        (_, { } why) => why,
        _ when passing > 0 || have > 0 => "the stream ends in the middle of a file",
        _ when open.Count > 0 => $"the stream ends before {open.Count} of its files do",
        _ when files == 0 => "the stream is empty",
        _ => null,
    };

    private ReadOnlySpan<byte> PassData(ReadOnlySpan<byte> bytes)
    {
        var count = (int)Math.Min(passing, (ulong)bytes.Length);
        passing -= (ulong)count;
        return bytes[count..];
    }

    private ReadOnlySpan<byte> PassHead(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(Wanted - have, bytes.Length);
        bytes[..count].CopyTo(head.AsSpan(have));
        have += count;
        if (have == HeadBytes)
            LookAtHead();
        if (have >= HeadBytes && !lost && broken is null && have == Wanted)
            Take();
        return bytes[count..];
    }

    private void LookAtHead()
    {
        if (!head.AsSpan().StartsWith(Magic))
            broken = "the stream holds something that is no frame";
        else if (head[9] is not (Data or End))
            lost = true;
        else if (PathBytes is <= 0 or > LongestPath)
            broken = "the stream holds a frame without a usable path";
    }

    private void Take()
    {
        var path = Encoding.UTF8.GetString(head, HeadBytes, PathBytes);
        if (head[9] == Data)
        {
            open.Add(path);
            passing = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(HeadBytes + PathBytes));
        }
        else
        {
            open.Remove(path);
            files++;
        }

        have = 0;
    }
}
