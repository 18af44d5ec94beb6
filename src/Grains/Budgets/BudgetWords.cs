using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>When those who wait are told anew how they stand. Each word becomes a write to an API server, so small steps far back in a line are passed over.</summary>
internal static class BudgetWords
{
    private const double Tenth = 0.1;

    private static readonly TimeSpan Small = TimeSpan.FromMinutes(2);

    /// <summary>What to say now: the last words where they still serve, so that nothing is written.</summary>
    /// <param name="told">What was said last; null for nothing.</param>
    /// <param name="fresh">How it stands.</param>
    /// <param name="now">The time.</param>
    public static PlaceWait Next(PlaceWait? told, PlaceWait fresh, DateTimeOffset now) =>
        told is not null && told.Reason == fresh.Reason && told.Budget == fresh.Budget && IsNear(told.Position, fresh.Position) && IsNear(told.ExpectedStart, fresh.ExpectedStart, now)
        && (told.Position is not null || told.Message == fresh.Message)
            ? told
            : fresh;

    private static bool IsNear(int? told, int? fresh) => told is { } before && fresh is { } now ? Math.Abs(before - now) <= now * Tenth : told == fresh;

    private static bool IsNear(DateTimeOffset? told, DateTimeOffset? fresh, DateTimeOffset now) =>
        told is { } before && fresh is { } start ? (before - start).Duration() <= Small + ((start - now) * Tenth) : told == fresh;
}
