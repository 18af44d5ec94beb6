using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>The work cannot be done, for a reason that the report names. The message is for owners and holds no secret.</summary>
internal sealed class JobFaultException(JobFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What the plane goes by.</summary>
    internal JobFault Fault { get; } = fault;

    /// <summary>What any exception means for the report.</summary>
    internal static (JobFault Fault, string Message) Read(Exception trouble) => trouble switch
    {
        JobFaultException known => (known.Fault, known.Message),
        ObjectStoreException store => (Read(store.Fault), store.Message),
        AggregateException { InnerExceptions: [var only] } => Read(only),
        _ => (JobFault.Internal, $"The runner itself failed: {trouble.GetType().Name}: {trouble.Message}"),
    };

    private static JobFault Read(ObjectStoreFault fault) => fault switch
    {
        ObjectStoreFault.Denied => JobFault.StorageDenied,
        ObjectStoreFault.NoBucket => JobFault.StorageMissing,
        ObjectStoreFault.Locked => JobFault.ObjectLocked,
        ObjectStoreFault.Transient or ObjectStoreFault.Corrupted => JobFault.StorageUnavailable,

        // An object that was there a moment ago is gone, or another one stands in its place: somebody else writes here.
        ObjectStoreFault.NotFound or ObjectStoreFault.Exists => JobFault.ManifestMismatch,

        // The request as such is refused: repeating it would be refused again.
        _ => JobFault.InvalidRequest,
    };
}
