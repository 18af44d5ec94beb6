namespace ControlPlane.Sidecar.Reading;

/// <summary>How much memory and how many requests reading a backup takes, whatever the sizes of its objects.</summary>
/// <param name="BlockBytes">The longest range that is asked for at once, and the size of a buffer; several small objects share one.</param>
/// <param name="Blocks">The number of such buffers: what is on its way, what waits, and what is being written.</param>
/// <param name="RequestsAtOnce">Requests on their way at a time, where objects are small.</param>
internal sealed record ReadBudget(int BlockBytes, int Blocks, int RequestsAtOnce)
{
    /// <summary>6 buffers of 8 MiB: at most five ranges on their way while one is written.</summary>
    internal static readonly ReadBudget Standard = new(8 << 20, 6, 16);
}
