using System.Globalization;
using System.Text;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Reading;

/// <summary>
/// The list of MD5s that <c>xbcloud put --md5</c> leaves beside a backup: a line for each object, <c>SUM  NAME</c>. Where there is one, it names
/// every object of the backup and no other.
/// </summary>
internal static class XbCloudSums
{
    private const int SumDigits = 32;
    private const int BufferBytes = 64 * 1024;
    private const int LongestLine = SumDigits + 2 + 4 * XbStreamCheck.LongestPath + 22;

    /// <summary>Reads the list, if there is one, and notes what it says and what does not fit.</summary>
    internal static async Task ReadAsync(IObjectStore store, string key, XbCloudListing listing, CancellationToken cancellationToken)
    {
        Stream source;
        try
        {
            source = await store.OpenAsync(key, 0, cancellationToken);
        }
        catch (ObjectStoreException absent) when (absent.Fault == ObjectStoreFault.NotFound)
        {
            return;
        }

        await using (source)
        {
            await foreach (var line in LinesAsync(source, key, store.Location, cancellationToken))
                Note(line, key, listing);
        }

        foreach (var file in listing.Files)
        {
            for (var index = 0; index < file.Sizes.Count; index++)
            {
                if (file.Sum(index) is null)
                    listing.Object($"{XbCloudNames.Object(file.Path, index)} is not in {key}");
            }
        }
    }

    private static void Note(string line, string key, XbCloudListing listing)
    {
        var name = line.Length > SumDigits + 2 ? line[(SumDigits + 2)..] : "";
        if (XbCloudNames.Chunk(name) is not { } chunk || !UInt128.TryParse(line.AsSpan(0, SumDigits), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var sum))
            listing.Object($"{key} has a line that is none of its own: '{line}'");
        else if (listing.Find(chunk.Path)?.Note(chunk.Index, sum) != true)
            listing.Object($"{name} is missing, and {key} names it");
    }

    // With a limit for the line: what lies there may be anything.
    private static async IAsyncEnumerable<string> LinesAsync(
        Stream source, string key, string location, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var buffer = new byte[BufferBytes];
        var have = 0;
        while (true)
        {
            var read = await source.ReadAsync(buffer.AsMemory(have), cancellationToken);
            have += read;
            var at = 0;
            while (buffer.AsSpan(at, have - at).IndexOf((byte)'\n') is >= 0 and var length)
            {
                yield return Encoding.UTF8.GetString(buffer, at, length);
                at += length + 1;
            }

            buffer.AsSpan(at, have - at).CopyTo(buffer);
            have -= at;
            if (have > LongestLine)
                throw new JobFaultException(JobFault.ManifestMismatch, $"{location}: {key} is no list of MD5s: it has a line that is longer than any.");
            if (read == 0)
                break;
        }

        if (have > 0)
            yield return Encoding.UTF8.GetString(buffer, 0, have);
    }
}
