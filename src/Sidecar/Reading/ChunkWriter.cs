using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Threading.Channels;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// Objects that are chunks, one after another, are a stream already; what is left is to make sure that they are. Each must be exactly one chunk
/// of the file that its name tells, in its place, whole by its CRC-32 and by its MD5 where there is one; a file's last one its end.
/// </summary>
internal sealed class ChunkWriter(IReadOnlyList<XbCloudFile> files, Func<int, int, string, Exception> mismatch) : IBlockWriter
{
#pragma warning disable CA5351 // What xbcloud wrote beside the backup; against what happens in a store, not against an attacker.
    private readonly IncrementalHash md5 = IncrementalHash.CreateHash(HashAlgorithmName.MD5);
#pragma warning restore CA5351
    private readonly XbStreamCheck check = new();
    private int part = -1;
    private int index;

    public async Task RunAsync(ChannelReader<Task<Block>> blocks, ChannelWriter<Task<Outgoing>> outgoing, Action<Block> giveBack, CancellationToken cancellationToken)
    {
        await foreach (var fetching in blocks.ReadAllAsync(cancellationToken))
        {
            var block = await fetching;
            foreach (var (slice, bytes) in block.Each())
                Take(slice, bytes.Span);
            outgoing.TryWrite(Task.FromResult(new Outgoing(block.Content, part, EndsPart: false, () => giveBack(block))));
        }
    }

    public void Dispose() => md5.Dispose();

    private void Take(Slice slice, ReadOnlySpan<byte> bytes)
    {
        if (slice.Part != part)
            (part, index) = (slice.Part, 0);
        var before = check.Frames;
        check.Pass(bytes);
        if (files[part].Sum(index) is { } expected)
            LookAtSum(bytes, slice.IsLast, expected);
        if (check.Fault is { } fault)
            throw mismatch(part, index, $"was read, and {fault}");
        if (slice.IsLast)
            End(before);
    }

    private void LookAtSum(ReadOnlySpan<byte> bytes, bool isLast, UInt128 expected)
    {
        md5.AppendData(bytes);
        if (isLast && BinaryPrimitives.ReadUInt128BigEndian(md5.GetHashAndReset()) != expected)
            throw mismatch(part, index, "has another MD5 than stands in the list beside the backup");
    }

    private void End(long before)
    {
        var file = files[part];
        if (!check.IsBetweenFrames || check.Frames != before + 1 || check.LastPath != file.Path)
            throw mismatch(part, index, "holds something else than one chunk of its file");
        var ends = check.Files == part + 1;
        if (ends != (index == file.Sizes.Count - 1))
            throw mismatch(part, index, ends ? "ends its file, which has more objects" : "is the last of its file, and does not end it");
        index++;
    }
}
