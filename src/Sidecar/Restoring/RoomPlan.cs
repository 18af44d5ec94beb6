using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>What fits on a volume.</summary>
internal static class RoomPlan
{
    private const long Fixed = 128L << 20;
    private const int Share = 32;

    /// <summary>
    /// What the new data take while they are prepared: the files as the stream holds them, and besides what the tool makes: a redo log, temporary space, pages that grow. That is
    /// 128 MiB and a thirty-second part of the stream.
    /// </summary>
    internal static long Needed(long streamBytes) => streamBytes + (streamBytes / Share) + Fixed;

    /// <summary>What can become of the present data; null when the new ones do not fit even without them, or may not be made room for.</summary>
    /// <param name="keep">What the owner asked for. Data that nobody wants are deleted first only where there is no room: until the switch they are the way back.</param>
    /// <param name="available">Bytes that are free.</param>
    /// <param name="present">Bytes that the present data take.</param>
    /// <param name="needed">Bytes that the new data take.</param>
    internal static PreviousData? Of(KeepPrevious keep, long available, long present, long needed) =>
        available >= needed ? keep == KeepPrevious.Never ? PreviousData.DropAfterwards : PreviousData.Keep
        : keep == KeepPrevious.Always || available + present < needed ? null
        : PreviousData.DeleteFirst;
}
