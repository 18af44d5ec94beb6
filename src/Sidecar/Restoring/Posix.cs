using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>What the file system can do and .NET has no name for.</summary>
internal static partial class Posix
{
    private const int CurrentFolder = -100;
    private const int NotThroughLinks = 0x100;
    private const uint AllFacts = 0x7FF;
    private const int BlockBytes = 512;
    private const int FolderOnly = 0x10000;
    private const int NotForChildren = 0x80000;
    private const int ExclusiveAtOnce = 0x2 | 0x4;
    private const int WouldBlock = 11;

    private const int WriteOnly = 1;
    private const int CloseOnExec = 0x80000;

    private const int InvalidArgument = 22;
    private const int NoSpace = 28;
    private const int QuotaExceeded = 122;

    // O_DIRECT is one of the few flags that differ.
    private static int Direct => RuntimeInformation.ProcessArchitecture is Architecture.Arm64 or Architecture.Arm ? 0x10000 : 0x4000;

    /// <summary>Whether trouble with a file means that there is no room.</summary>
    internal static bool MeansFull(IOException trouble) => trouble.HResult is NoSpace or QuotaExceeded;

    /// <summary>Whether trouble with a file means that it cannot be written so, and not that it failed.</summary>
    internal static bool MeansInvalid(IOException trouble) => trouble.HResult == InvalidArgument;

    /// <summary>Opens a file that is there for writing past the page cache; null where its file system does not do that.</summary>
    internal static SafeFileHandle? OpenDirect(string path)
    {
        var handle = Open(path, WriteOnly | CloseOnExec | Direct);
        if (handle < 0 && Marshal.GetLastPInvokeError() == InvalidArgument)
            return null;
        Check(handle, $"{path} could not be opened");
        return new SafeFileHandle(handle, ownsHandle: true);
    }

    /// <summary>Renames whatever it is, links included. What has the new name already stays, and that is an error.</summary>
    internal static void Move(string from, string to)
    {
        if (Path.Exists(to) || new FileInfo(to).LinkTarget is not null)
            throw new IOException($"{to} is there already");
        Check(Rename(from, to), $"{from} could not be moved to {to}");
    }

    /// <summary>Owner, group and what it takes on the volume.</summary>
    internal static FileFacts Look(string path)
    {
        var facts = new byte[256];
        Check(Statx(CurrentFolder, path, NotThroughLinks, AllFacts, facts), $"{path} could not be looked at");
        return new FileFacts(
            BitConverter.ToUInt32(facts, 20), BitConverter.ToUInt32(facts, 24), (UnixFileMode)(BitConverter.ToUInt16(facts, 28) & 0xFFF), (long)BitConverter.ToUInt64(facts, 48) * BlockBytes);
    }

    /// <summary>Gives something away.</summary>
    internal static void Own(string path, long owner, long group) => Check(LinkOwn(path, (uint)owner, (uint)group), $"{path} could not be given to {owner}:{group}");

    /// <summary>Makes all that was written to the file system of a folder lasting.</summary>
    internal static void SyncAll(string folder) => WithFolder(folder, SyncFileSystem);

    /// <summary>Makes what was created, renamed and removed in a folder lasting.</summary>
    internal static void SyncFolder(string folder) => WithFolder(folder, SyncFile);

    /// <summary>Locks a folder until the handle is closed, and leaves nothing there; null where another has it locked. A file system that knows no such locks lets everyone in.</summary>
    internal static SafeFileHandle? TryLock(string folder)
    {
        var handle = new SafeFileHandle(Open(folder, FolderOnly | NotForChildren), ownsHandle: true);
        Check(handle.IsInvalid ? -1 : 0, $"{folder} could not be opened");
        if (Lock(handle, ExclusiveAtOnce) == 0 || Marshal.GetLastPInvokeError() != WouldBlock)
            return handle;
        handle.Dispose();
        return null;
    }

    private static void WithFolder(string folder, Func<int, int> sync)
    {
        var handle = Open(folder, FolderOnly);
        Check(handle < 0 ? -1 : 0, $"{folder} could not be opened");
        try
        {
            Check(sync(handle), $"{folder} could not be made lasting");
        }
        finally
        {
            _ = Close(handle);
        }
    }

    private static void Check(int result, string what)
    {
        if (result < 0)
            throw new IOException($"{what}: {Marshal.GetLastPInvokeErrorMessage()}", Marshal.GetLastPInvokeError());
    }

    [LibraryImport("libc", EntryPoint = "rename", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Rename(string from, string to);

    [LibraryImport("libc", EntryPoint = "statx", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Statx(int folder, string path, int flags, uint mask, [Out] byte[] facts);

    [LibraryImport("libc", EntryPoint = "lchown", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int LinkOwn(string path, uint owner, uint group);

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Open(string path, int flags);

    [LibraryImport("libc", EntryPoint = "flock", SetLastError = true)]
    private static partial int Lock(SafeFileHandle file, int how);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int Close(int file);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncFile(int file);

    [LibraryImport("libc", EntryPoint = "syncfs", SetLastError = true)]
    private static partial int SyncFileSystem(int file);
}

/// <summary>What the file system says of a file or folder itself.</summary>
/// <param name="Owner">Its numeric owner.</param>
/// <param name="Group">Its numeric group.</param>
/// <param name="Mode">Its mode.</param>
/// <param name="Bytes">What it takes on the disk, holes left out.</param>
internal sealed record FileFacts(long Owner, long Group, UnixFileMode Mode, long Bytes);
