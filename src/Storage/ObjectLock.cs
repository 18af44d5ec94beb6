using System.Globalization;

namespace ControlPlane.Storage;

/// <summary>The words for an object that its store keeps although it is to go.</summary>
internal static class ObjectLock
{
    /// <summary>The fault: which object, what keeps it and, where that is known, until when.</summary>
    public static ObjectStoreException Fault(string what, string key, string location, string keeper, DateTimeOffset? until) => new(
        ObjectStoreFault.Locked,
        until is { } end
            ? string.Create(CultureInfo.InvariantCulture, $"Cannot {what} {key} in {location}: {keeper} keeps the object until {end.UtcDateTime:yyyy-MM-dd HH:mm:ss} UTC.")
            : $"Cannot {what} {key} in {location}: {keeper} keeps the object; release it first.")
    {
        LockedUntil = until,
    };
}
