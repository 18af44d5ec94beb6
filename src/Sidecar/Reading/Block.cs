namespace ControlPlane.Sidecar.Reading;

/// <summary>A buffer with one slice, or with several small ones, one behind the other.</summary>
internal sealed class Block(int bytes)
{
    // Pinned, so that no collection ever moves it.
    private readonly byte[] room = GC.AllocateUninitializedArray<byte>(bytes, pinned: true);
    private readonly List<Slice> slices = [];

    /// <summary>What lies in it.</summary>
    internal IReadOnlyList<Slice> Slices => slices;

    /// <summary>All of it.</summary>
    internal Memory<byte> Content { get; private set; }

    /// <summary>Takes slices that fit.</summary>
    internal void Begin(IEnumerable<Slice> next)
    {
        slices.Clear();
        slices.AddRange(next);
        Content = room.AsMemory(0, slices.Sum(slice => slice.Length));
    }

    /// <summary>The slices, each with its place in the buffer.</summary>
    internal IEnumerable<(Slice Slice, Memory<byte> Bytes)> Each()
    {
        var at = 0;
        foreach (var slice in slices)
        {
            yield return (slice, Content.Slice(at, slice.Length));
            at += slice.Length;
        }
    }
}
