using System.Buffers.Binary;
using System.Text;

namespace ControlPlane.Bench.Stream;

/// <summary>
/// A pool of InnoDB-like index pages: 16 KiB each, rows of a shop's orders (keys that ascend, names and words from a vocabulary, amounts,
/// random tokens), free space at the end and a page directory. The same seed gives the same bytes. zstd-1 makes about 1 out of 2.1 of
/// them, as it does of the tablespaces that were measured.
/// </summary>
internal static class PagePool
{
    internal const int PageBytes = 16 * 1024;
    internal const int Pages = 4096;

    private const int HeaderBytes = 38 + 36 + 20 + 26;
    private const int TrailerBytes = 8;
    private const int DirectorySlotEvery = 6;
    private const int IndexPage = 17855;
    private const int WordCount = 4096;

    private static readonly string[] Cities = ["Praha", "Lisboa", "Kyoto", "Montevideo", "Tartu", "Accra", "Bergen", "Quito", "Pune", "Hobart", "Nantes", "Izmir"];

    private static readonly string[] States = ["{\"state\":\"ordered\",\"paid\":false}", "{\"state\":\"shipped\",\"paid\":true}", "{\"state\":\"returned\",\"paid\":true}"];

    /// <summary>Makes the pool, 64 MiB.</summary>
    internal static byte[] Make()
    {
        var random = new Random(20101);
        var words = Words(random);
        var pool = new byte[Pages * PageBytes];
        long key = 1_000_000;
        for (var page = 0; page < Pages; page++)
            key = Fill(pool.AsSpan(page * PageBytes, PageBytes), random, words, key);
        return pool;
    }

    /// <summary>Writes what differs from page to page even where the rows are the same: numbers, neighbours, LSN, checksums.</summary>
    internal static void Stamp(Span<byte> page, uint space, uint number)
    {
        var lsn = 0x0000_0012_3400_0000UL + (number * 0x9E37UL);
        var checksum = (number * 0x9E37_79B1u) ^ (space * 0x85EB_CA77u);
        BinaryPrimitives.WriteUInt32BigEndian(page, checksum ^ (checksum >> 15));
        BinaryPrimitives.WriteUInt32BigEndian(page[4..], number);
        BinaryPrimitives.WriteUInt32BigEndian(page[8..], number - 1);
        BinaryPrimitives.WriteUInt32BigEndian(page[12..], number + 1);
        BinaryPrimitives.WriteUInt64BigEndian(page[16..], lsn);
        BinaryPrimitives.WriteUInt16BigEndian(page[24..], IndexPage);
        BinaryPrimitives.WriteUInt32BigEndian(page[34..], space);
        BinaryPrimitives.WriteUInt32BigEndian(page[^8..], checksum ^ (checksum >> 13));
        BinaryPrimitives.WriteUInt32BigEndian(page[^4..], (uint)lsn);
    }

    private static long Fill(Span<byte> page, Random random, byte[][] words, long key)
    {
        // Most pages are full; one in eight has been split and is half empty.
        var limit = random.Next(8) == 0 ? PageBytes / 2 : PageBytes * 15 / 16;
        var row = new byte[512];
        var at = HeaderBytes;
        var rows = 0;
        while (true)
        {
            var length = Row(row, random, words, key, at);
            if (at + length > limit)
                break;
            row.AsSpan(0, length).CopyTo(page[at..]);
            if (rows++ % DirectorySlotEvery == 0)
                BinaryPrimitives.WriteUInt16BigEndian(page[^(TrailerBytes + (2 * (1 + (rows / DirectorySlotEvery))))..], (ushort)at);
            at += length;
            key += 1 + random.Next(3);
        }

        "\u0001\0\u0002\0\u001cinfimum\0\u0005\0\u000b\0\0supremum"u8.CopyTo(page[94..]);
        BinaryPrimitives.WriteUInt16BigEndian(page[38..], (ushort)(2 + (rows / DirectorySlotEvery)));
        BinaryPrimitives.WriteUInt16BigEndian(page[40..], (ushort)at);
        BinaryPrimitives.WriteUInt16BigEndian(page[42..], (ushort)(0x8000 | (rows + 2)));
        return key;
    }

    // A record of the compact format: lengths, header, key, transaction, roll pointer, columns.
    private static int Row(byte[] row, Random random, byte[][] words, long key, int at)
    {
        var body = row.AsSpan(10);
        BinaryPrimitives.WriteInt64BigEndian(body, key ^ long.MinValue);
        BinaryPrimitives.WriteUInt32BigEndian(body[8..], 0x0000_4A00u + ((uint)key >> 9));
        BinaryPrimitives.WriteUInt64BigEndian(body[12..], 0x8200_0000_0110_0000UL + ((ulong)key * 0x1F));
        BinaryPrimitives.WriteUInt32BigEndian(body[20..], 0x99B0_0000u + (uint)random.Next(1 << 22));
        BinaryPrimitives.WriteUInt32BigEndian(body[24..], 0x8000_0000u + (uint)random.Next(2_000_000));
        var length = 28;
        random.NextBytes(body.Slice(length, 20));
        length += 20;
        length += Encoding.ASCII.GetBytes(Cities[random.Next(Cities.Length)], body[length..]);
        length += Encoding.ASCII.GetBytes(States[random.Next(States.Length)], body[length..]);
        var count = 9 + random.Next(9);
        for (var i = 0; i < count; i++)
        {
            var word = words[Common(random)];
            word.CopyTo(body[length..]);
            length += word.Length;
            body[length++] = (byte)' ';
        }

        length += Hex(random, body[length..], 16);
        row[0] = (byte)length;
        row[1] = (byte)count;
        row[2] = 16;
        row[3] = 0;
        row[4] = 0;
        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(5), (ushort)(at << 3));
        BinaryPrimitives.WriteUInt16BigEndian(row.AsSpan(7), (ushort)(length + 10));
        row[9] = 0;
        return length + 10;
    }

    private static int Hex(Random random, Span<byte> target, int digits)
    {
        for (var i = 0; i < digits; i++)
            target[i] = "0123456789abcdef"u8[random.Next(16)];
        return digits;
    }

    // Some words are much more frequent than others.
    private static int Common(Random random) => Math.Min(random.Next(WordCount), random.Next(WordCount));

    private static byte[][] Words(Random random)
    {
        var letters = "etaoinshrdlcumwfgypbvkjxqz"u8;
        var words = new byte[WordCount][];
        for (var i = 0; i < words.Length; i++)
        {
            words[i] = new byte[3 + random.Next(8)];
            foreach (ref var letter in words[i].AsSpan())
                letter = letters[Math.Min(random.Next(letters.Length), random.Next(letters.Length))];
        }

        return words;
    }
}
