using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Projection;

/// <summary>Has each watch whose kind the read model knows written down.</summary>
internal sealed class FleetProjections(IFleetView view, IOptions<ProjectionOptions> options, TimeProvider time, ILogger<FleetProjections> logger)
{
    /// <summary>The projection of a watch; null where the read model has no rows of its kind.</summary>
    public KindProjection? For(MemberKey member, string kind) =>
        KindOf(kind) is { } known ? new(member, known, view, options.Value, time, logger) : null;

    /// <summary>The projection of a member's databases that no cluster describes.</summary>
    public KindProjection ForDatabases(MemberKey member) => new(member, RowKind.Database, view, options.Value, time, logger);

    /// <summary>The kind by the name of its resource.</summary>
    public static RowKind? KindOf(string kind) => kind switch
    {
        ApiGroup.Clusters.Kind => RowKind.Cluster,
        ApiGroup.Backups.Kind => RowKind.Backup,
        ApiGroup.Restores.Kind => RowKind.Restore,
        ApiGroup.Drills.Kind => RowKind.Drill,
        _ => null,
    };
}
