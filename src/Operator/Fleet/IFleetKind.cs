using ControlPlane.Operator.Watching;

namespace ControlPlane.Operator.Fleet;

/// <summary>A kind of the fleet's configuration: what to watch, and who keeps what is found. See <see cref="FleetKind{TSpec}"/>.</summary>
internal interface IFleetKind : IResourceHandler, IChangeSink, IWatchObserver;
