using System.Buffers.Binary;
using System.Text;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class XbStreamCheckTests
{
    private static readonly byte[] Whole = [.. Data("ibdata1", 300), .. Data("shop/orders.ibd", 70_000), .. Data("ibdata1", 5), .. End("ibdata1"), .. Data("shop/orders.ibd", 0), .. End("shop/orders.ibd")];

    [Theory]
    [InlineData(1)]
    [InlineData(7)]
    [InlineData(4096)]
    [InlineData(1 << 20)]
    public void Objection_ToAWholeStreamInPiecesOfAnySize_IsNone(int piece) =>
        Assert.Null(Objection(Whole, piece));

    [Fact]
    public void Objection_ToAStreamCutAnywhere_IsRaised() =>
        Assert.All(Enumerable.Range(0, Whole.Length).Where(length => length % 97 == 0 || length < 200 || length > Whole.Length - 200), length => Assert.NotNull(Objection(Whole[..length], 4096)));

    [Fact]
    public void Objection_ToSomethingElse_IsRaised() =>
        Assert.Contains("no frame", Objection([.. Whole, .. "mariadb-backup: Error"u8], 4096), StringComparison.Ordinal);

    [Fact]
    public void Objection_AfterAFrameOfAnUnknownType_IsNone()
    {
        byte[] sparse = [.. "XBSTCK01"u8, 0, (byte)'S', 1, 0, 0, 0, (byte)'f', 9, 9, 9];

        Assert.Null(Objection([.. Data("ibdata1", 30), .. sparse], 4096));
    }

    private static string? Objection(byte[] stream, int piece)
    {
        var check = new XbStreamCheck();
        foreach (var bytes in stream.Chunk(piece))
            check.Pass(bytes);
        return check.Objection();
    }

    private static byte[] Data(string path, int length)
    {
        var numbers = new byte[20];
        BinaryPrimitives.WriteUInt64LittleEndian(numbers, (ulong)length);
        return [.. Head('P', path), .. numbers, .. Enumerable.Repeat((byte)'x', length)];
    }

    private static byte[] End(string path) => Head('E', path);

    private static byte[] Head(char type, string path)
    {
        var length = new byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, Encoding.UTF8.GetByteCount(path));
        return [.. "XBSTCK01"u8, 0, (byte)type, .. length, .. Encoding.UTF8.GetBytes(path)];
    }
}
