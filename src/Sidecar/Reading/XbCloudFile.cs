using System.Text;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Reading;

/// <summary>One file of a backup in xbcloud's layout: its objects as the store lists them.</summary>
/// <param name="path">Its path in the backup.</param>
internal sealed class XbCloudFile(string path)
{
    private readonly List<long> sizes = [];
    private List<UInt128>? sums;

    /// <summary>Its path in the backup.</summary>
    internal string Path => path;

    /// <summary>The lengths of its objects, in their order.</summary>
    internal IReadOnlyList<long> Sizes => sizes;

    /// <summary>The length of all of them.</summary>
    internal long StoredBytes { get; private set; }

    /// <summary>The length of a chunk that ends the file, and the least that every other has.</summary>
    internal long EndBytes { get; } = XbStreamCheck.HeadBytes + Encoding.UTF8.GetByteCount(path);

    /// <summary>Where it goes on after the last gap among its objects; 0 while there is none.</summary>
    internal long Gap { get; set; }

    /// <summary>Takes the next object.</summary>
    internal void Add(long size)
    {
        sizes.Add(size);
        StoredBytes += size;
    }

    /// <summary>Notes what an object's MD5 has to be. False when there is no such object.</summary>
    internal bool Note(long index, UInt128 sum)
    {
        if (index >= sizes.Count)
            return false;
        sums ??= [.. Enumerable.Repeat(UInt128.Zero, sizes.Count)];
        sums[(int)index] = sum;
        return true;
    }

    /// <summary>What an object's MD5 has to be; null where nothing says so.</summary>
    internal UInt128? Sum(int index) => sums?[index] is { } sum && sum != UInt128.Zero ? sum : null;
}
