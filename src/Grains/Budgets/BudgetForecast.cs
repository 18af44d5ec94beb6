using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>
/// One line of those who wait for the same limit of a budget, and when they may be expected to begin: by how long the like took of late. An estimate, and none
/// where nothing is known.
/// </summary>
internal sealed class BudgetLine
{
    private readonly BudgetDraft draft;
    private readonly PriorityQueue<DateTimeOffset, DateTimeOffset>? ends = new();

    /// <param name="draft">The ledger.</param>
    /// <param name="running">Who has the limit's places.</param>
    /// <param name="most">How many places there are.</param>
    /// <param name="now">The time.</param>
    public BudgetLine(BudgetDraft draft, IEnumerable<PlaceLease> running, int most, DateTimeOffset now)
    {
        this.draft = draft;
        foreach (var lease in running)
        {
            if (Typical(lease.Wish) is not { } typical)
            {
                ends = null;
                return;
            }

            var end = lease.Given + typical;
            end = end < now ? now : end;
            ends.Enqueue(end, end);
        }

        // What runs above the limit has to end before any place is free.
        for (var above = ends.Count - most; above > 0; above--)
            ends.Dequeue();
    }

    /// <summary>How many wait in it so far.</summary>
    public int Length { get; private set; }

    /// <summary>One more comes to its end; answers when that one may be expected to begin.</summary>
    public DateTimeOffset? Join(PlaceWish wish)
    {
        Length++;
        if (ends is null || !ends.TryDequeue(out var start, out _))
            return null;
        if (Typical(wish) is { } typical)
            ends.Enqueue(start + typical, start + typical);
        return start;
    }

    private TimeSpan? Typical(PlaceWish wish) => draft.TypicalOf(wish) is { } known ? TimeSpan.FromSeconds(known.Seconds) : null;
}
