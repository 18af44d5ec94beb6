using System.Diagnostics;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class ShrinkingTests
{
    private static readonly byte[] Noise = Page(noise: 256);
    private static readonly byte[] Text = Page(noise: 128);

    [Theory]
    [InlineData(Codec.Zstd)]
    [InlineData(Codec.Lz4)]
    public void Encode_OfWhatIsCompressedAlready_StoresItAsItIs(Codec codec)
    {
        using var shrinking = Of(codec);

        Encode(shrinking, Noise, Noise, Noise);

        // The first was tried in earnest.
        Assert.Equal(2, shrinking.PiecesStored);
    }

    [Theory]
    [InlineData(Codec.Zstd)]
    [InlineData(Codec.Lz4)]
    public void Encode_OfWhatShrinks_NeverStoresItAsItIs(Codec codec)
    {
        using var shrinking = Of(codec);

        var coded = Encode(shrinking, Text, Noise, Text, Text);

        Assert.Equal(0, shrinking.PiecesStored);
        Assert.True(coded.Length < (3 * Text.Length * 0.8) + Noise.Length + 1000);
    }

    [Theory]
    [InlineData(Codec.Zstd, "zstd", 1)]
    [InlineData(Codec.Zstd, "zstd", 128 * 1024)]
    [InlineData(Codec.Zstd, "zstd", (128 * 1024) + 1)]
    [InlineData(Codec.Zstd, "zstd", FrameCodec.PieceBytes)]
    [InlineData(Codec.Lz4, "lz4", 1)]
    [InlineData(Codec.Lz4, "lz4", FrameCodec.PieceBytes)]
    public async Task Store_OfAnyLength_IsAFileOfThePublicTool(Codec codec, string tool, int length)
    {
        using var frames = FrameCodec.Create(new CompressionRequest { Codec = codec });
        var frame = new byte[frames.FrameBytes];
        var bytes = frames.Store(Noise.AsSpan(0, length), frame);

        var decoded = await DecodeAsync(tool, frame[..bytes]);

        Assert.True(decoded.AsSpan().SequenceEqual(Noise.AsSpan(0, length)));
    }

    [Theory]
    [InlineData(Codec.Zstd, "zstd")]
    [InlineData(Codec.Lz4, "lz4")]
    public async Task Encode_OfAStreamThatTurns_IsAFileOfThePublicTool(Codec codec, string tool)
    {
        using var shrinking = Of(codec);

        var coded = Encode(shrinking, Text, Noise, Noise, Noise, Text, Noise);

        Assert.Equal(1 + 1, shrinking.PiecesStored);
        var decoded = await DecodeAsync(tool, coded);
        Assert.True(decoded.AsSpan().SequenceEqual((byte[])[.. Text, .. Noise, .. Noise, .. Noise, .. Text, .. Noise]));
    }

    private static Shrinking Of(Codec codec) => new(FrameCodec.Create(new CompressionRequest { Codec = codec }));

    private static byte[] Encode(Shrinking shrinking, params byte[][] pieces)
    {
        var whole = new MemoryStream();
        var frame = new byte[shrinking.FrameBytes];
        foreach (var piece in pieces)
            whole.Write(frame.AsSpan(0, shrinking.Encode(piece, frame)));
        return whole.ToArray();
    }

    // As InnoDB's pages are: part noise, part the same again and again.
    private static byte[] Page(int noise)
    {
        var bytes = new byte[FrameCodec.PieceBytes];
        new Random(noise).NextBytes(bytes);
        for (var at = 0; at < bytes.Length; at++)
        {
            if (at % 256 >= noise)
                bytes[at] = (byte)'a';
        }

        return bytes;
    }

    private static async Task<byte[]> DecodeAsync(string tool, byte[] coded)
    {
        using var decoder = Process.Start(new ProcessStartInfo(tool, ["-d", "-c"]) { RedirectStandardInput = true, RedirectStandardOutput = true })!;
        var decoded = new MemoryStream();
        var reading = decoder.StandardOutput.BaseStream.CopyToAsync(decoded);
        await decoder.StandardInput.BaseStream.WriteAsync(coded);
        decoder.StandardInput.Close();
        await reading;
        await decoder.WaitForExitAsync();
        Assert.Equal(0, decoder.ExitCode);
        return decoded.ToArray();
    }
}
