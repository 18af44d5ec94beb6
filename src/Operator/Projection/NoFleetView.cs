using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Operator.Projection;

/// <summary>Where no read model is kept: everything is taken, and nothing written.</summary>
internal sealed class NoFleetView : IFleetView
{
    public Task<long> ClaimAsync(MemberKey member, RowKind kind, CancellationToken cancellationToken) => Task.FromResult(1L);

    public Task<bool> WriteAsync(FleetBatch batch, CancellationToken cancellationToken) => Task.FromResult(true);

    public Task RetainAsync(IReadOnlyCollection<MemberKey> members, CancellationToken cancellationToken) => Task.CompletedTask;
}
