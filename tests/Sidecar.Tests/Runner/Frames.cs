using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace ControlPlane.Sidecar.Tests.Runner;

/// <summary>Frames of an xbstream as the tools write them.</summary>
internal static class Frames
{
    /// <summary>One file in one frame, and its end.</summary>
    internal static byte[] Whole(string path, byte[] content) => [.. Data(path, content, 0), .. End(path)];

    internal static byte[] Data(string path, byte[] content, long offset, uint? crc = null) =>
        [.. Head('P', path), .. Numbers(content.Length, offset, crc ?? Crc32.HashToUInt32(content)), .. content];

    /// <summary>A frame of a file with holes: for each, how much is left out, and how much of the content follows.</summary>
    internal static byte[] Sparse(string path, byte[] content, long offset, params (uint Skip, uint Length)[] holes)
    {
        byte[] list = [.. holes.SelectMany(hole => Number(hole.Skip).Concat(Number(hole.Length)))];
        var crc = Crc32.HashToUInt32([.. list, .. content]);
        return [.. Head('S', path), .. Number((uint)holes.Length), .. Numbers(content.Length, offset, crc), .. list, .. content];
    }

    internal static byte[] End(string path) => Head('E', path);

    internal static byte[] Head(char type, string path) =>
        [.. "XBSTCK01"u8, 0, (byte)type, .. Number((uint)Encoding.UTF8.GetByteCount(path)), .. Encoding.UTF8.GetBytes(path)];

    private static byte[] Numbers(long length, long offset, uint crc)
    {
        var numbers = new byte[20];
        BinaryPrimitives.WriteInt64LittleEndian(numbers, length);
        BinaryPrimitives.WriteInt64LittleEndian(numbers.AsSpan(8), offset);
        BinaryPrimitives.WriteUInt32LittleEndian(numbers.AsSpan(16), crc);
        return numbers;
    }

    private static byte[] Number(uint number) => BitConverter.GetBytes(number);
}
