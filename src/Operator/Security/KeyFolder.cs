using System.Globalization;

namespace ControlPlane.Operator.Security;

/// <summary>
/// Keys of one purpose as files <c>0001.pem</c>, <c>0002.pem</c>, … of one folder. The first is made when there is none; a rotation is a
/// file more, put there by whoever looks after the plane. The folder may also be a mounted, read-only Secret. Where several silos share the
/// keys none is made: each would make another.
/// </summary>
internal sealed class KeyFolder(string path, Func<string> make, bool shared = false)
{
    /// <summary>The files, oldest first. Never empty.</summary>
    public IReadOnlyList<KeyFile> Read()
    {
        if (Files() is { Count: > 0 } present)
            return present;
        if (shared)
            throw new InvalidOperationException(Missing(path));
        Create(Path.Combine(path, 1.ToString("D4", CultureInfo.InvariantCulture) + ".pem"), make());
        return Files();
    }

    /// <summary>Whether there is any.</summary>
    public static bool HasKeys(string path) => Directory.Exists(path) && Directory.EnumerateFiles(path, "*.pem").Any();

    /// <summary>What is said where there must be one and is none.</summary>
    public static string Missing(string path) =>
        $"{OperatorOptions.Section}:{nameof(OperatorOptions.KeysFolder)}: there is no key '{path}/0001.pem'. Silos that share a database share their keys too and make none: "
        + "give all of them the same folder, such as a mounted Secret (docs/operations.md, Many silos).";

    private List<KeyFile> Files() => !Directory.Exists(path) ? [] :
    [
        .. Directory.EnumerateFiles(path, "*.pem").Order(StringComparer.Ordinal)
            .Select(file => new KeyFile(Path.GetFileName(file), File.ReadAllText(file), new(File.GetLastWriteTimeUtc(file), TimeSpan.Zero))),
    ];

    // Written beside its place and then moved there: a crash leaves no half key, and of two silos that start at once one wins.
    private void Create(string file, string text)
    {
        if (OperatingSystem.IsWindows())
            throw new PlatformNotSupportedException("A key is only made where files have Unix modes.");
        Directory.CreateDirectory(path, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        var draft = Path.Combine(path, Path.GetRandomFileName());
        try
        {
            using (var stream = new FileStream(draft, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            {
                stream.Write(System.Text.Encoding.ASCII.GetBytes(text));
                stream.Flush(flushToDisk: true);
            }
            File.Move(draft, file, overwrite: false);
        }
        catch (IOException) when (File.Exists(file))
        {
            // Another silo was first; its key is as good.
        }
        finally
        {
            File.Delete(draft);
        }
    }
}

/// <summary>One key.</summary>
/// <param name="Name">The file's name.</param>
/// <param name="Text">PEM.</param>
/// <param name="Since">When it was put there.</param>
internal sealed record KeyFile(string Name, string Text, DateTimeOffset Since);
