using System.Runtime.InteropServices;

namespace ControlPlane.Storage;

/// <summary>Turns what the operating system refuses into faults with a message for owners.</summary>
internal sealed class FileFaults(string location, string volume)
{
    /// <summary>The fault that <paramref name="trouble"/> stands for, or null when it is none of the volume's.</summary>
    public ObjectStoreException? Read(string what, Exception trouble) => trouble switch
    {
        ObjectStoreException => null,
        UnauthorizedAccessException => FromNumber(what, Posix.AccessDenied, trouble),
        FileNotFoundException or DirectoryNotFoundException => FromNumber(what, Posix.NoEntry, trouble),
        PathTooLongException => FromNumber(what, Posix.NameTooLong, trouble),

        // On Unix the number of the error is all there is in HResult.
        IOException => FromNumber(what, trouble.HResult, trouble),
        _ => null,
    };

    /// <summary>The fault that an error's number stands for.</summary>
    public ObjectStoreException FromNumber(string what, int error, Exception? trouble = null) => error switch
    {
        Posix.NoEntry when !Directory.Exists(volume) => NoVolume(what),
        Posix.NoEntry => Make(ObjectStoreFault.NotFound, what, "the object does not exist", trouble),
        Posix.Exists => Make(ObjectStoreFault.Exists, what, "an object of this key exists already", trouble),
        Posix.AccessDenied => Make(
            ObjectStoreFault.Denied, what, "the volume does not allow it; its folders must be writable for the Job's user or group", trouble),
        Posix.NoSpace => Make(ObjectStoreFault.Refused, what, "the volume is full", trouble),
        Posix.QuotaExceeded => Make(ObjectStoreFault.Refused, what, "the quota of the volume is used up", trouble),
        Posix.ReadOnlyFileSystem => Make(ObjectStoreFault.Refused, what, "the volume is mounted read-only", trouble),
        Posix.NameTooLong => Make(ObjectStoreFault.Refused, what, "the volume does not take names of this length", trouble),
        Posix.NotADirectory => Make(ObjectStoreFault.Refused, what, "an object stands where the key has a folder", trouble),
        Posix.IsADirectory or Posix.NotEmpty => Make(ObjectStoreFault.Refused, what, "a folder stands where the key has an object", trouble),
        Posix.NotPermitted or Posix.NotSupported or Posix.NoSystemCall or Posix.InvalidArgument => Make(
            ObjectStoreFault.Refused, what, "the volume cannot do it", trouble),
        _ => Make(ObjectStoreFault.Transient, what, trouble?.Message ?? Marshal.GetPInvokeErrorMessage(error), trouble),
    };

    /// <summary>The volume itself is not there.</summary>
    public ObjectStoreException NoVolume(string what) => Make(ObjectStoreFault.NoBucket, what, $"no volume is mounted at {volume}", null);

    private ObjectStoreException Make(ObjectStoreFault fault, string what, string happened, Exception? inner) =>
        new(fault, $"Cannot {what} in {location}: {happened.TrimEnd('.')}.", inner);
}
