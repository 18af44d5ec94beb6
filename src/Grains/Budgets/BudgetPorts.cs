using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Budgets;

/// <summary>The ledger's ways in and out.</summary>
/// <param name="Fleet">What the budgets say.</param>
/// <param name="Writer">For their status.</param>
/// <param name="Metrics">What is counted.</param>
internal sealed record BudgetPorts(IFleetBudgets Fleet, IStatusWriter Writer, BudgetMetrics Metrics);
