using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>The ways out of a cluster's retention.</summary>
/// <param name="Dispatcher">For the Jobs that remove.</param>
/// <param name="Remover">For the resources that go.</param>
/// <param name="Writer">For news.</param>
/// <param name="Members">For how its member stands.</param>
internal sealed record RetentionPorts(IJobDispatcher Dispatcher, IBackupRemover Remover, IStatusWriter Writer, IFleetMembers Members);
