using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Restores;

/// <summary>The ways out of a restore.</summary>
/// <param name="Dispatcher">For work.</param>
/// <param name="Scaler">For the workload.</param>
/// <param name="Writer">For news.</param>
/// <param name="Members">For how its member stands.</param>
/// <param name="Fleet">What the fleet's budgets say.</param>
internal sealed record RestorePorts(IJobDispatcher Dispatcher, IWorkloadScaler Scaler, IStatusWriter Writer, IFleetMembers Members, IFleetBudgets Fleet);
