using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Grains.Budgets;

/// <summary>What the ledger may hear. Lost, doubled and late ones are harmless.</summary>
internal abstract record BudgetEvent
{
    private BudgetEvent()
    {
    }

    /// <summary>Somebody wants a place, and is not at work.</summary>
    internal sealed record Asked(PlaceWish Wish, DateTimeOffset Sent) : BudgetEvent;

    /// <summary>Somebody is at work.</summary>
    internal sealed record Renewed(PlaceWish Wish, long Number) : BudgetEvent;

    /// <summary>Somebody is not at work and does not wait.</summary>
    internal sealed record GivenBack(string Uid, long Number) : BudgetEvent;

    /// <summary>A silent holder was asked whether it is at work.</summary>
    internal sealed record Answered(string Uid, long Number, bool Holds) : BudgetEvent;

    /// <summary>A silent holder could not be asked.</summary>
    internal sealed record Unanswered(string Uid, long Number) : BudgetEvent;

    /// <summary>The ledger came back: whom it has not heard since may not have had the chance.</summary>
    internal sealed record Woken : BudgetEvent;
}
