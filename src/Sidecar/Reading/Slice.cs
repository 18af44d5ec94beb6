namespace ControlPlane.Sidecar.Reading;

/// <summary>A range of an object, as it is asked for.</summary>
/// <param name="Key">The object's key in the store.</param>
/// <param name="Offset">Where the range begins.</param>
/// <param name="Length">How long it is.</param>
/// <param name="ObjectBytes">How long the object is.</param>
/// <param name="Part">The segment or file that it belongs to, by its place among them.</param>
internal readonly record struct Slice(string Key, long Offset, int Length, long ObjectBytes, int Part)
{
    /// <summary>Whether it is the whole object.</summary>
    internal bool IsWhole => Length == ObjectBytes;

    /// <summary>Whether the object ends with it.</summary>
    internal bool IsLast => Offset + Length == ObjectBytes;

    /// <summary>An object, cut into ranges.</summary>
    internal static IEnumerable<Slice> Of(string key, long objectBytes, int part, int blockBytes)
    {
        var offset = 0L;
        do
        {
            var length = (int)Math.Min(blockBytes, objectBytes - offset);
            yield return new Slice(key, offset, length, objectBytes, part);
            offset += length;
        }
        while (offset < objectBytes);
    }
}
