using System.Buffers.Binary;
using System.Globalization;
using System.IO.Hashing;
using System.Text;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Follows the frames of an xbstream as they pass, on the way up and on the way back, so that a stream that was cut short or changed is known
/// for one even where the tool said that it completed: every frame is one, the frames of a file follow one another without gaps, every
/// payload has its checksum, and every file has its end. What it objects to, <c>xbstream -x</c> and <c>mbstream -x</c> would not unpack.
/// <para>
/// A frame is <c>XBSTCK01</c>, flags, a type, the path's length and the path. Of type <c>E</c> it ends there, and so does its file. Of type
/// <c>P</c> it goes on with the payload's length, its offset in the file, its CRC-32, and the payload. Of type <c>S</c>, a file with holes,
/// the number of holes comes before these, and their list after: for each, how much is left out and how much of the payload follows; the
/// CRC-32 is then of the list and the payload. All numbers are little-endian.
/// </para>
/// </summary>
/// <param name="taker">
/// Takes what the files hold; null where the stream is only looked at. A stream that is taken apart was checked on its way here: its CRC-32 is not taken a second time.
/// </param>
internal sealed class XbStreamCheck(IFrameTaker? taker = null)
{
    internal const int HeadBytes = 14;
    internal const int NumberBytes = 20;
    internal const byte Payload = (byte)'P';
    internal const byte Sparse = (byte)'S';
    internal const byte End = (byte)'E';

    /// <summary>The longest path: both programs refuse longer ones.</summary>
    internal const int LongestPath = 511;

    private const int CountBytes = 4;
    private const int HoleBytes = 8;

    // Far more than any tool has open at once: one for each of its threads, and the redo log.
    private const int MostOpenFiles = 1 << 16;

    // A frame of the tools is at most 10 MiB, and a hole at least a page of 512 bytes.
    private const int MostHoles = 1 << 16;

    private readonly byte[] head = new byte[HeadBytes + LongestPath + CountBytes + NumberBytes];
    private readonly byte[] hole = new byte[HoleBytes];
    private readonly Dictionary<string, ulong> open = new(StringComparer.Ordinal);
    private readonly Crc32 crc = new();
    private readonly Queue<(uint Skip, uint Length)> map = new();
    private string path = "";
    private long place;
    private uint run;
    private int have;
    private int haveOfHole;
    private ulong payload;
    private ulong holes;
    private ulong skipped;
    private ulong told;
    private ulong length;
    private uint expected;
    private bool inBody;

    internal static ReadOnlySpan<byte> Magic => "XBSTCK01"u8;

    /// <summary>What speaks against the stream so far, whatever may still come; null when nothing does.</summary>
    internal string? Fault { get; private set; }

    /// <summary>The path of the last frame that was whole.</summary>
    internal string? LastPath { get; private set; }

    /// <summary>How many frames were whole.</summary>
    internal long Frames { get; private set; }

    /// <summary>How many files have ended.</summary>
    internal long Files { get; private set; }

    /// <summary>Whether the stream could end here as far as this frame is concerned.</summary>
    internal bool IsBetweenFrames => have == 0 && !inBody;

    private byte Type => head[9];

    private int PathBytes => (int)BinaryPrimitives.ReadUInt32LittleEndian(head.AsSpan(10));

    /// <summary>What has to be known before the next step: the head, then the path and the numbers.</summary>
    private int Wanted => have < HeadBytes ? HeadBytes : HeadBytes + PathBytes + Type switch
    {
        Payload => NumberBytes,
        Sparse => CountBytes + NumberBytes,
        _ => 0,
    };

    /// <summary>Takes the next bytes of the stream.</summary>
    internal void Pass(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty && Fault is null)
            bytes = !inBody ? PassHead(bytes) : holes > 0 ? PassHoles(bytes) : PassPayload(bytes);
    }

    /// <summary>Why the stream that ended here is not whole; null when nothing speaks against it.</summary>
    internal string? Objection() => Fault switch
    {
        { } why => why,
        _ when !IsBetweenFrames => "the stream ends in the middle of a file",
        _ when open.Count > 0 => $"the stream ends before {open.Count} of its files do, among them '{open.Keys.First()}'",
        _ when Files == 0 => "the stream is empty",
        _ => null,
    };

    private ReadOnlySpan<byte> PassHead(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(Wanted - have, bytes.Length);
        bytes[..count].CopyTo(head.AsSpan(have));
        have += count;
        if (have == HeadBytes)
            LookAtHead();
        if (have > HeadBytes && have == Wanted)
            TakeHead();
        return bytes[count..];
    }

    private void LookAtHead()
    {
        if (!head.AsSpan().StartsWith(Magic))
            Fault = "the stream holds something that is no frame";
        else if (Type is not (Payload or Sparse or End))
            Fault = string.Create(CultureInfo.InvariantCulture, $"the stream holds a frame of the unknown type 0x{Type:x2}");
        else if (PathBytes is <= 0 or > LongestPath)
            Fault = "the stream holds a frame without a usable path";
    }

    private void TakeHead()
    {
        path = Encoding.UTF8.GetString(head, HeadBytes, PathBytes);
        if (!IsUsable(path))
        {
            Fault = $"the stream holds a file '{path}', which would be unpacked somewhere else";
            return;
        }

        if (Type == End)
        {
            taker?.End(path, (long)open.GetValueOrDefault(path));
            open.Remove(path);
            Files++;
            TakeFrame();
            return;
        }

        var numbers = head.AsSpan(HeadBytes + PathBytes);
        holes = Type == Sparse ? BinaryPrimitives.ReadUInt32LittleEndian(numbers) * (ulong)HoleBytes : 0;
        numbers = numbers[(Type == Sparse ? CountBytes : 0)..];
        length = payload = BinaryPrimitives.ReadUInt64LittleEndian(numbers);
        expected = BinaryPrimitives.ReadUInt32LittleEndian(numbers[16..]);
        (skipped, told, inBody) = (0, 0, true);
        crc.Reset();
        map.Clear();
        run = 0;
        place = (long)open.GetValueOrDefault(path);
        LookAtOffset(BinaryPrimitives.ReadUInt64LittleEndian(numbers[8..]));
        if (holes > MostHoles * (ulong)HoleBytes)
            Fault = string.Create(CultureInfo.InvariantCulture, $"the file '{path}' has more than {MostHoles} holes in a frame");
        if (holes == 0 && payload == 0)
            TakeBody();
    }

    private void LookAtOffset(ulong offset)
    {
        var at = open.GetValueOrDefault(path);
        if (offset != at)
            Fault = string.Create(CultureInfo.InvariantCulture, $"the file '{path}' goes on at {offset} instead of at {at}");
        else if (length > long.MaxValue - at)
            Fault = $"the file '{path}' is longer than any file";
        else if (open.Count == MostOpenFiles && !open.ContainsKey(path))
            Fault = string.Create(CultureInfo.InvariantCulture, $"the stream has more than {MostOpenFiles} files open at once");
    }

    private ReadOnlySpan<byte> PassHoles(ReadOnlySpan<byte> bytes)
    {
        var count = Math.Min(HoleBytes - haveOfHole, bytes.Length);
        bytes[..count].CopyTo(hole.AsSpan(haveOfHole));
        haveOfHole += count;
        if (haveOfHole == HoleBytes)
        {
            crc.Append(hole);
            var (skip, follows) = (BinaryPrimitives.ReadUInt32LittleEndian(hole), BinaryPrimitives.ReadUInt32LittleEndian(hole.AsSpan(4)));
            skipped += skip;
            told += follows;
            if (taker is not null)
                map.Enqueue((skip, follows));
            (haveOfHole, holes) = (0, holes - HoleBytes);
            if (holes == 0 && told != payload)
                Fault = $"the list of holes of the file '{path}' does not fit its payload";
            else if (holes == 0 && payload == 0)
                TakeBody();
        }

        return bytes[count..];
    }

    private ReadOnlySpan<byte> PassPayload(ReadOnlySpan<byte> bytes)
    {
        var count = (int)Math.Min(payload, (ulong)bytes.Length);
        if (taker is null)
            crc.Append(bytes[..count]);
        else
            Give(bytes[..count]);
        payload -= (ulong)count;
        if (payload == 0)
            TakeBody();
        return bytes[count..];
    }

    // What lies between holes goes to its place; without a list all of it goes to one.
    private void Give(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            while (run == 0 && map.TryDequeue(out var next))
            {
                place += next.Skip;
                run = next.Length;
            }

            var count = run == 0 ? bytes.Length : (int)Math.Min(run, (uint)bytes.Length);
            taker!.Write(path, place, bytes[..count]);
            place += count;
            run -= Math.Min(run, (uint)count);
            bytes = bytes[count..];
        }
    }

    private void TakeBody()
    {
        var at = open.GetValueOrDefault(path);
        if (Fault is null && taker is null && crc.GetCurrentHashAsUInt32() != expected)
            Fault = string.Create(CultureInfo.InvariantCulture, $"the file '{path}' was changed: what it holds from {at} on has another CRC-32 than its frame says");
        open[path] = at + skipped + length;
        TakeFrame();
    }

    private void TakeFrame()
    {
        (have, inBody, LastPath) = (0, false, path);
        Frames++;
    }

    /// <summary>Whether a path leads to a place below the folder that a stream is unpacked in.</summary>
    internal static bool IsUsable(string path) =>
        !path.StartsWith('/') && !path.Any(char.IsControl) && !path.Split('/').Any(part => part is "" or "..");
}
