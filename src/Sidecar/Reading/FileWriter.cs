using System.Buffers.Binary;
using System.IO.Hashing;
using System.Text;
using System.Threading.Channels;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Reading;

/// <summary>Objects that are files have no frames: these are made here, as the backup tool would make them.</summary>
internal sealed class FileWriter(IReadOnlyList<XbCloudFile> files) : IBlockWriter
{
    public async Task RunAsync(ChannelReader<Task<Block>> blocks, ChannelWriter<Task<Outgoing>> outgoing, Action<Block> giveBack, CancellationToken cancellationToken)
    {
        await foreach (var fetching in blocks.ReadAllAsync(cancellationToken))
        {
            var block = await fetching;
            foreach (var (slice, bytes) in block.Each())
                Give(slice, bytes, outgoing);
            outgoing.TryWrite(Task.FromResult(new Outgoing(ReadOnlyMemory<byte>.Empty, -1, EndsPart: false, () => giveBack(block))));
        }
    }

    public void Dispose()
    {
        // Nothing is kept.
    }

    /// <summary>The length of the stream that is made of files.</summary>
    internal static long StreamBytes(IEnumerable<XbCloudFile> files, int blockBytes) => files.Sum(file =>
        file.StoredBytes + file.EndBytes + ((file.StoredBytes + blockBytes - 1) / blockBytes * (file.EndBytes + XbStreamCheck.NumberBytes)));

    private void Give(Slice slice, ReadOnlyMemory<byte> bytes, ChannelWriter<Task<Outgoing>> outgoing)
    {
        var path = files[slice.Part].Path;
        if (!bytes.IsEmpty)
        {
            Write(Payload(path, slice.Offset, bytes.Span));
            Write(bytes);
        }

        if (slice.IsLast)
            Write(Head(XbStreamCheck.End, path, 0));

        void Write(ReadOnlyMemory<byte> next) => outgoing.TryWrite(Task.FromResult(new Outgoing(next, slice.Part, EndsPart: false, () => { })));
    }

    private static byte[] Payload(string path, long offset, ReadOnlySpan<byte> content)
    {
        var head = Head(XbStreamCheck.Payload, path, XbStreamCheck.NumberBytes);
        var numbers = head.AsSpan(head.Length - XbStreamCheck.NumberBytes);
        BinaryPrimitives.WriteInt64LittleEndian(numbers, content.Length);
        BinaryPrimitives.WriteInt64LittleEndian(numbers[8..], offset);
        BinaryPrimitives.WriteUInt32LittleEndian(numbers[16..], Crc32.HashToUInt32(content));
        return head;
    }

    private static byte[] Head(byte type, string path, int further)
    {
        var length = Encoding.UTF8.GetByteCount(path);
        var head = new byte[XbStreamCheck.HeadBytes + length + further];
        XbStreamCheck.Magic.CopyTo(head);
        head[9] = type;
        BinaryPrimitives.WriteInt32LittleEndian(head.AsSpan(10), length);
        Encoding.UTF8.GetBytes(path, head.AsSpan(XbStreamCheck.HeadBytes));
        return head;
    }
}
