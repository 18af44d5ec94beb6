using System.Text.RegularExpressions;

namespace ControlPlane.Sidecar.Agent.Database;

/// <summary>The size of what a backup would hold, from the lengths of the data directory's files; looked at rarely, for it may be many.</summary>
internal sealed partial class DataSize(string dataPath, TimeProvider time)
{
    private static readonly TimeSpan Fresh = TimeSpan.FromMinutes(5);

    private static readonly EnumerationOptions Everything = new()
    {
        RecurseSubdirectories = true,
        IgnoreInaccessible = true,
        AttributesToSkip = FileAttributes.ReparsePoint,
    };

    private readonly Lock gate = new();
    private DateTimeOffset looked = DateTimeOffset.MinValue;
    private long? bytes;

    /// <summary>The bytes, at most a few minutes old; null when the directory cannot be read.</summary>
    internal long? Bytes()
    {
        lock (gate)
        {
            if (time.GetUtcNow() - looked > Fresh)
                (bytes, looked) = (Sum(), time.GetUtcNow());
            return bytes;
        }
    }

    /// <summary>Whether a file's bytes is part of the stream: logs of the server, redo, temporary space and what a restore put aside are not.</summary>
    internal static bool Counts(string relativePath) => !NotBackedUp().IsMatch(relativePath);

    private long? Sum()
    {
        try
        {
            return new DirectoryInfo(dataPath).EnumerateFiles("*", Everything).Where(file => Counts(Path.GetRelativePath(dataPath, file.FullName))).Sum(Length);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    // A table may be dropped while it is looked at.
    private static long Length(FileInfo file)
    {
        try
        {
            return file.Length;
        }
        catch (IOException)
        {
            return 0;
        }
    }

    [GeneratedRegex(@"(^|/)(ib_logfile\d+|ibtmp\d+|ib_buffer_pool|[^/]+\.(\d{6,}|index|pid|err|log|sock))$|^#innodb_(redo|temp)/|^\.controlplane-restore/")]
    private static partial Regex NotBackedUp();
}
