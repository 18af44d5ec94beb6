using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>
/// The order in which places are given: restores, what somebody asked for, scheduled backups, drills; and first come, first served among equals. Each step down
/// is worth an hour of waiting and no more: a scheduled backup goes after what was asked for up to an hour later, and before all that comes after that. So
/// nothing waits for ever, and the order of two never changes.
/// </summary>
internal sealed class PlaceOrder : IComparer<PlaceWish>
{
    /// <summary>What one step is worth.</summary>
    public static readonly TimeSpan Step = TimeSpan.FromHours(1);

    public static readonly PlaceOrder Instance = new();

    /// <summary>The instant by which work is ordered.</summary>
    public static DateTimeOffset Turn(WorkKind kind, DateTimeOffset since) => since + (Step * (int)kind);

    public int Compare(PlaceWish? x, PlaceWish? y)
    {
        var order = Turn(x!.Kind, x.Since).CompareTo(Turn(y!.Kind, y.Since));
        if (order == 0)
            order = x.Kind.CompareTo(y!.Kind);
        return order != 0 ? order : string.CompareOrdinal(x.Uid, y.Uid);
    }
}
