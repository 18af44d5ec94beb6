using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Abstractions.Ports;

/// <summary>The fleet's budgets, as the watch in this process has them.</summary>
public interface IFleetBudgets
{
    /// <summary>All of them, in the order of their names; null until they were read for the first time: then nothing may be judged.</summary>
    IReadOnlyList<FleetBudget>? Current { get; }
}
