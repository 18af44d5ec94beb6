using System.IO.Hashing;
using System.Runtime.InteropServices;
using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Silo.Fleet;

/// <summary>
/// Which resources a list named, eight bytes for each: what else there is is gone once the list is complete. A mark in each row would have every
/// row written anew for a list in which nothing changed. Two names share a mark once in 10^19 or so; one that is gone would then stay until the next takeover.
/// </summary>
internal sealed class FleetMarks
{
    private readonly List<ulong> marks = [];
    private bool sorted;

    /// <summary>The list names these.</summary>
    public void Add(IEnumerable<FleetRow> rows)
    {
        foreach (var row in rows)
            marks.Add(Of(row.Namespace, row.Name));
        sorted = false;
    }

    /// <summary>Whether it named this one.</summary>
    public bool Has(string @namespace, string name)
    {
        if (!sorted)
            marks.Sort();
        sorted = true;
        return marks.BinarySearch(Of(@namespace, name)) >= 0;
    }

    // No namespace has a slash in it.
    private static ulong Of(string @namespace, string name) => XxHash3.HashToUInt64(MemoryMarshal.AsBytes($"{@namespace}/{name}".AsSpan()));
}
