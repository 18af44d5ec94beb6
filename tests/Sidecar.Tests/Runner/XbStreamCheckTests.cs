using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class XbStreamCheckTests
{
    private static readonly byte[] Whole =
    [
        .. Frames.Data("ibdata1", Bytes(300), 0), .. Frames.Data("shop/orders.ibd", Bytes(70_000), 0), .. Frames.Data("ibdata1", Bytes(5), 300), .. Frames.End("ibdata1"),
        .. Frames.Data("shop/orders.ibd", [], 70_000), .. Frames.End("shop/orders.ibd"), .. Frames.End("shop/empty.opt"),
        .. Frames.Sparse("shop/holes.ibd", Bytes(900), 0, (0, 400), (4096, 500)), .. Frames.Sparse("shop/holes.ibd", [], 4996, (100, 0)), .. Frames.Data("shop/holes.ibd", Bytes(3), 5096),
        .. Frames.End("shop/holes.ibd"),

        // A file that comes a second time begins anew: the tool sends some of its own twice.
        .. Frames.Whole("ibdata1", Bytes(7)),
    ];

    public static TheoryData<string, byte[], string> Spoiled => new()
    {
        { "no frame", [.. Whole, .. "mariadb-backup: Error"u8], "no frame" },
        { "an unknown type", [.. Whole, .. Frames.Head('Z', "ibdata1")], "unknown type 0x5a" },
        { "no path", [.. Whole, .. Frames.Head('E', "")], "without a usable path" },
        { "a path longer than any", [.. Whole, .. Frames.Whole(new string('a', 512), [])], "without a usable path" },
        { "an absolute path", [.. Whole, .. Frames.Whole("/etc/passwd", Bytes(1))], "'/etc/passwd', which would be unpacked somewhere else" },
        { "a path that climbs", [.. Whole, .. Frames.Whole("shop/../../x", Bytes(1))], "somewhere else" },
        { "a bit of a payload", Flipped(14 + 7 + 20 + 33), "the file 'ibdata1' was changed: what it holds from 0 on has another CRC-32" },
        { "another checksum", [.. Frames.Data("a", Bytes(9), 0, crc: 1), .. Frames.End("a")], "CRC-32" },
        { "a frame left out", [.. Frames.Data("a", Bytes(9), 0), .. Frames.Data("a", Bytes(9), 18), .. Frames.End("a")], "goes on at 18 instead of at 9" },
        { "a frame twice", [.. Frames.Data("a", Bytes(9), 0), .. Frames.Data("a", Bytes(9), 0), .. Frames.End("a")], "goes on at 0 instead of at 9" },
        { "no beginning", [.. Frames.Data("a", Bytes(9), 9), .. Frames.End("a")], "goes on at 9 instead of at 0" },
        { "no end", Frames.Data("a", Bytes(9), 0), "before 1 of its files do, among them 'a'" },
        { "holes that do not fit", [.. Frames.Sparse("a", Bytes(9), 0, (4, 8)), .. Frames.End("a")], "the list of holes of the file 'a' does not fit" },
        { "a length beyond all", [.. Frames.Head('P', "a"), .. Enumerable.Repeat((byte)0xff, 8), .. new byte[12]], "longer than any file" },
        { "nothing", [], "empty" },
    };

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void Objection_ToAWholeStreamInPiecesOfAnySize_IsNone(int piece) =>
        Assert.Null(Objection(Whole, piece));

    [Fact]
    public void Objection_ToAStreamCutAnywhere_IsRaised()
    {
        var whole = Whole[..^Frames.Whole("ibdata1", Bytes(7)).Length];
        var borders = Borders(whole);

        Assert.All(
            Enumerable.Range(0, whole.Length).Where(length => length % 97 == 0 || length < 400 || length > whole.Length - 1500).Except(borders),
            length => Assert.NotNull(Objection(whole[..length], 4096)));
    }

    [Theory]
    [MemberData(nameof(Spoiled))]
    public void Objection_ToAStreamThatWasSpoiled_SaysHow(string what, byte[] stream, string words)
    {
        foreach (var piece in new[] { 1, 4096 })
            Assert.True(Objection(stream, piece)?.Contains(words, StringComparison.Ordinal), $"{what}: {Objection(stream, piece)}");
    }

    private static string? Objection(byte[] stream, int piece)
    {
        var check = new XbStreamCheck();
        foreach (var bytes in stream.Chunk(piece))
            check.Pass(bytes);
        return check.Objection();
    }

    // Where all files that have begun have ended: a stream that was cut there cannot be told by its frames.
    private static List<int> Borders(byte[] stream)
    {
        var check = new XbStreamCheck();
        var borders = new List<int>();
        for (var at = 0; at < stream.Length; at++)
        {
            check.Pass(stream.AsSpan(at, 1));
            if (check.Objection() is null)
                borders.Add(at + 1);
        }

        Assert.Equal(3, borders.Count);
        return borders;
    }

    private static byte[] Flipped(int at)
    {
        var copy = (byte[])Whole.Clone();
        copy[at] ^= 1;
        return copy;
    }

    private static byte[] Bytes(int length) => [.. Enumerable.Range(0, length).Select(at => (byte)(at * 31))];
}
