using System.Buffers.Binary;
using System.Numerics;
using System.Runtime.InteropServices;

namespace ControlPlane.Storage;

/// <summary>
/// CRC-32C by the processor's instruction, in three lanes: the instruction gives its result after three cycles but can begin one each
/// cycle, so a single chain would use a third of it.
/// </summary>
public static class Crc32C
{
    private const uint Polynomial = 0x82f63b78;
    private const int LaneBytes = 4096;
    private const int LaneWords = LaneBytes / sizeof(ulong);

    private static readonly uint[][] Shifts = BuildShifts();

    /// <summary>The checksum in the form of S3's headers: base64 of the big-endian bytes.</summary>
    public static string Base64(ReadOnlySpan<byte> data) => Base64(Compute(data));

    /// <summary>A checksum in that form.</summary>
    public static string Base64(uint crc)
    {
        Span<byte> bytes = stackalloc byte[sizeof(uint)];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, crc);
        return Convert.ToBase64String(bytes);
    }

    /// <summary>The checksum of two pieces one after the other, from the checksum of each and the length of the second.</summary>
    public static uint Combine(uint first, uint second, long secondLength)
    {
        // Zeros behind the first multiply its remainder by x^8 for each byte, modulo the polynomial: by squaring, in 64 steps at most.
        uint power = 1u << 23;
        for (long left = secondLength; left > 0; left >>= 1)
        {
            if ((left & 1) != 0)
            {
                first = Multiply(power, first);
            }

            power = Multiply(power, power);
        }

        return first ^ second;
    }

    /// <summary>The checksum as a number.</summary>
    public static uint Compute(ReadOnlySpan<byte> data)
    {
        uint crc = ~0u;
        for (; data.Length >= 3 * LaneBytes; data = data[(3 * LaneBytes)..])
        {
            var words = MemoryMarshal.Cast<byte, ulong>(data[..(3 * LaneBytes)]);
            var first = words[..LaneWords];
            var second = words.Slice(LaneWords, LaneWords);
            var third = words.Slice(2 * LaneWords, LaneWords);
            uint a = crc, b = 0, c = 0;
            for (int i = 0; i < LaneWords; i++)
            {
                a = BitOperations.Crc32C(a, first[i]);
                b = BitOperations.Crc32C(b, second[i]);
                c = BitOperations.Crc32C(c, third[i]);
            }

            // The CRC is linear: a lane's remainder, moved on over the bytes of the next lane, adds to that lane's by exclusive or.
            crc = Shift(Shift(a) ^ b) ^ c;
        }

        for (; data.Length >= sizeof(ulong); data = data[sizeof(ulong)..])
        {
            crc = BitOperations.Crc32C(crc, BinaryPrimitives.ReadUInt64LittleEndian(data));
        }

        foreach (byte single in data)
        {
            crc = BitOperations.Crc32C(crc, single);
        }

        return ~crc;
    }

    // Of two polynomials modulo that of CRC-32C. The highest bit is the lowest power.
    private static uint Multiply(uint left, uint right)
    {
        uint product = 0;
        for (uint bit = 1u << 31; bit != 0; bit >>= 1)
        {
            if ((left & bit) != 0)
            {
                product ^= right;
            }

            right = (right & 1) != 0 ? (right >> 1) ^ Polynomial : right >> 1;
        }

        return product;
    }

    private static uint Shift(uint crc) =>
        Shifts[0][crc & 0xff] ^ Shifts[1][(crc >> 8) & 0xff] ^ Shifts[2][(crc >> 16) & 0xff] ^ Shifts[3][crc >> 24];

    private static uint[][] BuildShifts()
    {
        var tables = new uint[4][];
        for (int place = 0; place < tables.Length; place++)
        {
            tables[place] = new uint[256];
            for (int bit = 0; bit < 8; bit++)
            {
                tables[place][1 << bit] = OverZeros(1u << (8 * place + bit));
            }

            for (int value = 1; value < 256; value++)
            {
                tables[place][value] = tables[place][value & -value] ^ tables[place][value & (value - 1)];
            }
        }

        return tables;
    }

    private static uint OverZeros(uint crc)
    {
        for (int i = 0; i < LaneWords; i++)
        {
            crc = BitOperations.Crc32C(crc, 0ul);
        }

        return crc;
    }
}
