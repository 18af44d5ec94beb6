using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;

namespace ControlPlane.Bench.Stream;

/// <summary>
/// Writes pages as the backup tool would stream them: tablespaces of 1 GiB in chunks of 10 MiB, each with its header and CRC-32, every file
/// closed. <c>mbstream -x</c> unpacks it. No page equals another, since each is stamped anew.
/// </summary>
internal sealed class PageStream(byte[] pool, System.IO.Stream output)
{
    private const int ChunkBytes = 10 * 1024 * 1024;
    private const int PagesPerChunk = ChunkBytes / PagePool.PageBytes;
    private const long FileBytes = 1L << 30;

    private int next;

    /// <summary>Writes files of pages that are <paramref name="bytes"/> long together, then a small one with the tool's own words.</summary>
    internal void Write(long bytes, string info)
    {
        for (var (file, left) = (1u, bytes); left > 0; file++, left -= FileBytes)
            WriteFile(file, Math.Min(left, FileBytes));
        var text = Encoding.UTF8.GetBytes(info);
        WriteChunk("xtrabackup_info", text, 0);
        WriteEnd("xtrabackup_info");
        output.Flush();
    }

    private void WriteFile(uint space, long bytes)
    {
        var path = $"shop/orders{space}.ibd";
        for (var offset = 0L; offset < bytes;)
        {
            var pages = (int)Math.Min(PagesPerChunk, (bytes - offset) / PagePool.PageBytes);
            if (pages == 0)
                break;
            var chunk = Take(pages);
            for (var page = 0; page < pages; page++)
                PagePool.Stamp(chunk.Slice(page * PagePool.PageBytes, PagePool.PageBytes), space, (uint)((offset / PagePool.PageBytes) + page));
            WriteChunk(path, chunk, offset);
            offset += chunk.Length;
        }

        WriteEnd(path);
    }

    // The pool's length is no multiple of the chunk's, so that a chunk rarely begins where an earlier one did.
    private Span<byte> Take(int pages)
    {
        if (next + pages > PagePool.Pages)
            next = (next + pages) % 97;
        var chunk = pool.AsSpan(next * PagePool.PageBytes, pages * PagePool.PageBytes);
        next += pages;
        return chunk;
    }

    private void WriteChunk(string path, ReadOnlySpan<byte> payload, long offset)
    {
        Span<byte> header = stackalloc byte[14 + 256 + 20];
        var length = Begin(header, 'P', path);
        BinaryPrimitives.WriteInt64LittleEndian(header[length..], payload.Length);
        BinaryPrimitives.WriteInt64LittleEndian(header[(length + 8)..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(header[(length + 16)..], Crc32.HashToUInt32(payload));
        output.Write(header[..(length + 20)]);
        output.Write(payload);
    }

    private void WriteEnd(string path)
    {
        Span<byte> header = stackalloc byte[14 + 256];
        output.Write(header[..Begin(header, 'E', path)]);
    }

    private static int Begin(Span<byte> header, char type, string path)
    {
        "XBSTCK01\0"u8.CopyTo(header);
        header[9] = (byte)type;
        var length = Encoding.UTF8.GetBytes(path, header[14..]);
        BinaryPrimitives.WriteInt32LittleEndian(header[10..], length);
        return 14 + length;
    }
}
