namespace ControlPlane.Storage;

/// <summary>Which parts of an upload have arrived, and whether they make an object. Parts may be noted from several threads.</summary>
internal sealed class PartLedger<T>
{
    private readonly Lock gate = new();
    private readonly Dictionary<int, Part> parts = [];

    /// <summary>One part that has arrived.</summary>
    public sealed record Part(int Index, int Length, T Receipt);

    /// <summary>Throws for a place that no part may have.</summary>
    public static void CheckIndex(int index)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, ObjectLimits.MaximumParts);
    }

    /// <summary>Notes a part; one that was sent again replaces the earlier.</summary>
    public void Note(int index, int length, T receipt)
    {
        lock (gate)
        {
            parts[index] = new Part(index, length, receipt);
        }
    }

    /// <summary>All parts in order, or a mistake of the caller's: a gap, unequal lengths, a part too small, none at all.</summary>
    public IReadOnlyList<Part> Close()
    {
        Part[] ordered;
        lock (gate)
        {
            ordered = [.. parts.Values.OrderBy(part => part.Index)];
        }

        if (ordered.Length == 0 || ordered[^1].Index != ordered.Length - 1)
        {
            throw new InvalidOperationException($"An upload needs all of its parts: {ordered.Length} arrived, with gaps.");
        }

        int length = ordered[0].Length;
        if (ordered[..^1].Any(part => part.Length != length) || ordered[^1].Length > length)
        {
            throw new InvalidOperationException("All parts of an upload but the last have the same length, and the last is not longer.");
        }

        if (ordered.Length > 1 && length < ObjectLimits.MinimumPartBytes)
        {
            throw new InvalidOperationException(
                $"All parts of an upload but the last have at least {ObjectLimits.MinimumPartBytes} bytes; these have {length}.");
        }

        return ordered;
    }
}
