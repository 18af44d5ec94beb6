using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>
/// Puts a stream into a store as <c>xbcloud put</c> does, which cannot be had here: an object for each chunk, whole, with a counter for each file that
/// begins anew when a file does; with <c>--md5</c> the list beside it; and with <c>--multipart-upload</c> an object for each file, without frames.
/// </summary>
public sealed class XbCloudSplitter(IObjectStore store, string name)
{
    private readonly Dictionary<string, int> next = new(StringComparer.Ordinal);
    private readonly StringBuilder sums = new();

    /// <summary>An object for each chunk; with <c>--md5</c>, the list of their sums.</summary>
    public async Task PutChunksAsync(byte[] stream, bool md5 = false)
    {
        foreach (var (path, type, chunk, _) in Chunks(stream))
        {
            var index = next.GetValueOrDefault(path);
            var key = string.Create(CultureInfo.InvariantCulture, $"{path}.{index:D20}");
            await PutAsync($"{name}/{key}", stream[chunk]);
            next[path] = type == 'E' ? 0 : index + 1;
#pragma warning disable CA5351 // As xbcloud does it.
            sums.Append(Convert.ToHexStringLower(MD5.HashData(stream.AsSpan(chunk)))).Append("  ").Append(key).Append('\n');
#pragma warning restore CA5351
        }

        if (md5)
            await PutAsync($"{name}.md5", Encoding.UTF8.GetBytes(sums.ToString()));
    }

    /// <summary>An object for each file.</summary>
    public async Task PutFilesAsync(byte[] stream)
    {
        foreach (var (path, content) in Files(stream))
            await PutAsync($"{name}/{path}", content);
    }

    /// <summary>The files of a stream as unpacking it leaves them.</summary>
    public static Dictionary<string, byte[]> Files(byte[] stream)
    {
        var (open, files) = (new Dictionary<string, MemoryStream>(StringComparer.Ordinal), new Dictionary<string, byte[]>(StringComparer.Ordinal));
        foreach (var (path, type, _, payload) in Chunks(stream))
        {
            if (!open.TryGetValue(path, out var file))
                open[path] = file = new MemoryStream();
            file.Write(stream.AsSpan(payload));
            if (type != 'E')
                continue;
            files[path] = file.ToArray();
            open.Remove(path);
        }

        return open.Count == 0 ? files : throw new InvalidDataException($"The stream ends before {open.Keys.First()} does.");
    }

    private static IEnumerable<(string Path, char Type, Range Chunk, Range Payload)> Chunks(byte[] stream)
    {
        for (var at = 0; at < stream.Length;)
        {
            if (!stream.AsSpan(at).StartsWith("XBSTCK01"u8))
                throw new InvalidDataException($"There is no chunk at {at}.");
            var type = (char)stream[at + 9];
            var pathBytes = BinaryPrimitives.ReadInt32LittleEndian(stream.AsSpan(at + 10));
            var path = Encoding.UTF8.GetString(stream, at + 14, pathBytes);
            var numbers = at + 14 + pathBytes;
            var (payload, length) = type == 'E' ? (numbers, 0) : (numbers + 20, (int)BinaryPrimitives.ReadInt64LittleEndian(stream.AsSpan(numbers)));
            yield return (path, type, at..(payload + length), payload..(payload + length));
            at = payload + length;
        }
    }

    private Task PutAsync(string key, byte[] content) => store.PutAsync(key, content, PutCondition.None, CancellationToken.None);
}
