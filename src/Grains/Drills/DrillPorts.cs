using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Drills;

/// <summary>The ways out of a drill.</summary>
/// <param name="Dispatcher">For work.</param>
/// <param name="Writer">For news.</param>
/// <param name="Members">For how its member stands.</param>
/// <param name="Fleet">What the fleet's budgets say.</param>
/// <param name="Metrics">What is counted.</param>
internal sealed record DrillPorts(IJobDispatcher Dispatcher, IStatusWriter Writer, IFleetMembers Members, IFleetBudgets Fleet, BackupMetrics Metrics);
