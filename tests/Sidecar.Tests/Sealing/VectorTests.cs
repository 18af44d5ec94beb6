using System.Text;
using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>The test vectors of the format, made by another implementation: ours gives the same bytes, and the public script reads them.</summary>
public sealed class VectorTests
{
    private static readonly JsonElement Vectors = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "Sealing", "vectors.json"))).RootElement;

    private static readonly BackupManifest Manifest = JsonSerializer.Deserialize(Bytes(), ProtocolJson.Default.BackupManifest)!;

    private static string KeyId => Text("ownerKeyId");

    [Fact]
    public void Wrap_OfTheVectors_IsTheirs()
    {
        using var key = new DataKey(Hex("dataKey"));

        Assert.Equal(Text("wrappedKey"), key.Wrap(Hex("ownerKey"), KeyId, Manifest.Backup, Hex("wrapNonce")));
        Assert.Equal((Text("chunkKey"), Text("manifestKey")), (Convert.ToHexStringLower(key.ChunkKey()), Convert.ToHexStringLower(key.ManifestKey())));
    }

    [Fact]
    public void Unwrap_ForAnotherBackupOrUnderAnotherId_IsNothing()
    {
        using var key = DataKey.Unwrap(Text("wrappedKey"), Hex("ownerKey"), KeyId, Manifest.Backup);

        Assert.NotNull(key);
        Assert.Null(DataKey.Unwrap(Text("wrappedKey"), Hex("ownerKey"), KeyId, Manifest.Backup with { Uid = "another" }));
        Assert.Null(DataKey.Unwrap(Text("wrappedKey"), Hex("ownerKey"), "another", Manifest.Backup));
        Assert.Null(DataKey.Unwrap(Text("wrappedKey"), Hex("dataKey"), KeyId, Manifest.Backup));
        Assert.Null(DataKey.Unwrap(Text("wrappedKey")[2..], Hex("ownerKey"), KeyId, Manifest.Backup));
    }

    [Fact]
    public void Seal_OfTheVectorsChunks_GivesTheirBytesAndOpensAgain()
    {
        using var key = new DataKey(Hex("dataKey"));
        using var sealer = new ChunkSealer(key.ChunkKey(), ObjectLayout.Root(Manifest.Backup) + ObjectLayout.Attempt(Vectors.GetProperty("attempt").GetInt32()));
        foreach (var vector in Vectors.GetProperty("chunks").EnumerateArray())
        {
            var place = new ChunkPlace(
                vector.GetProperty("segment").GetInt32(), vector.GetProperty("chunk").GetInt32(), vector.GetProperty("endsSegment").GetBoolean(), vector.GetProperty("endsStream").GetBoolean());
            var frame = Convert.FromHexString(vector.GetProperty("frame").GetString()!);
            var chunk = new byte[frame.Length + ChunkSealer.OverheadBytes];
            frame.CopyTo(chunk, ChunkSealer.HeadBytes);

            Assert.Equal(chunk.Length, sealer.Seal(chunk, frame.Length, place));
            Assert.Equal(vector.GetProperty("sealed").GetString(), Convert.ToHexStringLower(chunk));
            Assert.Equal(frame.Length, sealer.Open(chunk, place));
            Assert.Equal(frame, chunk.AsSpan(ChunkSealer.HeadBytes, frame.Length).ToArray());
        }
    }

    [Fact]
    public void Seal_OfTheVectorsManifest_IsItsHmac()
    {
        using var key = new DataKey(Hex("dataKey"));
        var blank = Text("manifest").Replace(Manifest.Sealing!.Mac, ManifestSeal.Blank, StringComparison.Ordinal);

        Assert.Equal(Text("manifest"), Encoding.UTF8.GetString(ManifestSeal.Seal(Encoding.UTF8.GetBytes(blank), key)));
    }

    [Fact]
    public async Task Unseal_OfTheVectors_IsTheirStream()
    {
        using var backup = new KeyFolder();
        backup.Write(Text("ownerKey"), KeyId);
        await File.WriteAllBytesAsync(Path.Combine(backup.Path, "manifest.json"), Bytes());
        foreach (var segment in Manifest.Segments.Index())
        {
            var path = Path.Combine(backup.Path, segment.Item.Key);
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            var chunks = Vectors.GetProperty("chunks").EnumerateArray().Where(chunk => chunk.GetProperty("segment").GetInt32() == segment.Index);
            await File.WriteAllBytesAsync(path, [.. chunks.SelectMany(chunk => Convert.FromHexString(chunk.GetProperty("sealed").GetString()!))]);
        }

        var (exitCode, output, error) = await UnsealScript.RunAsync(backup.Path, backup.Path);

        Assert.True(exitCode == 0, error);
        Assert.Equal(Text("stream"), Convert.ToHexStringLower(output));
    }

    private static byte[] Bytes() => Encoding.UTF8.GetBytes(Text("manifest"));

    private static string Text(string name) => Vectors.GetProperty(name).GetString()!;

    private static byte[] Hex(string name) => Convert.FromHexString(Text(name));
}
