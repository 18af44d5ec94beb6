using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Operator.Resources;

/// <summary>What came of reading a resource: its spec, or all of its faults.</summary>
internal sealed record SpecReading<TSpec>(TSpec? Spec, ResourceFaults? Faults) where TSpec : class
{
    public static SpecReading<TSpec> Of(ResourceHeader header, FaultList faults, Func<TSpec> spec) =>
        faults.Any
            ? new(null, new()
            {
                Uid = header.Uid,
                Generation = header.Generation,
                Faults = faults.All,
                Deleting = header.Deleting,
                DeletesData = header.Finalizers.Contains(ApiGroup.Backups.DeleteDataFinalizer),
            })
            : new(spec(), null);
}
