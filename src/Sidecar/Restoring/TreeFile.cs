using Microsoft.Win32.SafeHandles;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>A file that is being unpacked, with two ways in: through the page cache, and past it, onto the disk.</summary>
/// <param name="path">Its path in the stream.</param>
/// <param name="place">Where it lies.</param>
/// <param name="mode">Whether it begins anew.</param>
internal sealed class TreeFile(string path, string place, FileMode mode) : IDisposable
{
    private SafeFileHandle? direct;
    private bool isRefused;

    /// <summary>Its path in the stream.</summary>
    internal string Path { get; set; } = path;

    /// <summary>When it was last used, by the writer's own count.</summary>
    internal long UsedAt { get; set; }

    /// <summary>The way through the page cache.</summary>
    internal SafeFileHandle Cached { get; } = File.OpenHandle(place, mode, FileAccess.Write, FileShare.ReadWrite);

    /// <summary>
    /// Writes past the page cache. False where the file system does not do that, and nothing is written; bytes, their place in memory and in the file are multiples of
    /// <see cref="DirectWriter.Alignment"/>.
    /// </summary>
    internal bool TryWriteDirect(ReadOnlySpan<byte> bytes, long offset)
    {
        if (isRefused || (direct ??= Posix.OpenDirect(place)) is not { } handle)
            return !(isRefused = true);
        try
        {
            RandomAccess.Write(handle, bytes, offset);
            return true;
        }
        catch (IOException trouble) when (Posix.MeansInvalid(trouble))
        {
            // A disk with larger blocks than we know, or a file system that finds it out late.
            return !(isRefused = true);
        }
    }

    public void Dispose()
    {
        direct?.Dispose();
        Cached.Dispose();
    }
}
