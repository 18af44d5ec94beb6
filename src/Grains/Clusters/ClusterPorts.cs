using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters;

/// <summary>The ways out of a cluster.</summary>
/// <param name="Keeper">For the sidecar.</param>
/// <param name="Writer">For news.</param>
/// <param name="Dispatcher">For the Jobs that sweep.</param>
/// <param name="Requester">For the backups that schedules ask for.</param>
/// <param name="Drills">For the drills that the spec asks for.</param>
/// <param name="Members">For how its member stands.</param>
/// <param name="Fleet">What the fleet's budgets say.</param>
/// <param name="Metrics">What is counted.</param>
internal sealed record ClusterPorts(IWorkloadKeeper Keeper, IStatusWriter Writer, IJobDispatcher Dispatcher, IBackupRequester Requester, IDrillKeeper Drills, IFleetMembers Members, IFleetBudgets Fleet, BackupMetrics Metrics);
