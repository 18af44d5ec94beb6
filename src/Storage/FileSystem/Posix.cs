using System.Runtime.InteropServices;

namespace ControlPlane.Storage;

/// <summary>The calls that .NET has no words for: a link that never replaces, and a folder made durable.</summary>
internal static partial class Posix
{
    public const int NotPermitted = 1;
    public const int NoEntry = 2;
    public const int AccessDenied = 13;
    public const int Exists = 17;
    public const int NotADirectory = 20;
    public const int IsADirectory = 21;
    public const int InvalidArgument = 22;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int NameTooLong = 36;
    public const int NoSystemCall = 38;
    public const int NotEmpty = 39;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;

    private const int AtWorkingDirectory = -100;
    private const uint NoReplace = 1;
    private const int CloseOnExec = 0x80000;

    /// <summary>
    /// Gives the file a new name, unless that name is taken: in one step, which <see cref="File.Move(string, string, bool)"/> does not
    /// promise. Returns 0 or the error's number.
    /// </summary>
    public static int RenameNew(string from, string to)
    {
        if (Link(from, to) == 0)
        {
            return 0;
        }

        int error = Marshal.GetLastPInvokeError();
        if (error is not (NotPermitted or NotSupported or NoSystemCall))
        {
            return error;
        }

        // A volume without hard links, such as a share: most of these know the rename that does not replace.
        return RenameAt(AtWorkingDirectory, from, AtWorkingDirectory, to, NoReplace) == 0 ? 0 : Marshal.GetLastPInvokeError();
    }

    /// <summary>Makes the names in a folder durable. Volumes that do not know this keep names durable by themselves, or not at all.</summary>
    public static void FlushDirectory(string path)
    {
        int descriptor = Open(path, CloseOnExec);
        if (descriptor < 0)
        {
            return;
        }

        _ = Flush(descriptor);
        _ = Close(descriptor);
    }

    [LibraryImport("libc", EntryPoint = "link", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Link(string from, string to);

    [LibraryImport("libc", EntryPoint = "renameat2", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int RenameAt(int fromFolder, string from, int toFolder, string to, uint flags);

    [LibraryImport("libc", EntryPoint = "open", SetLastError = true, StringMarshalling = StringMarshalling.Utf8)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int Flush(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int descriptor);
}
