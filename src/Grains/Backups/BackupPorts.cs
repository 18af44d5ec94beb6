using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Backups;

/// <summary>The ways out of a backup.</summary>
/// <param name="Dispatcher">For work.</param>
/// <param name="Surveyor">For a look at the instances.</param>
/// <param name="Writer">For news.</param>
/// <param name="Members">For how its member stands.</param>
/// <param name="Fleet">What the fleet's budgets say.</param>
/// <param name="Metrics">What is counted.</param>
internal sealed record BackupPorts(IJobDispatcher Dispatcher, ISurveyor Surveyor, IStatusWriter Writer, IFleetMembers Members, IFleetBudgets Fleet, BackupMetrics Metrics);
