using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using Orleans.Concurrency;

namespace ControlPlane.Abstractions.Restores;

/// <summary>One restore, from the wish until the previous data are gone or are back. Key: <see cref="RestoreKey"/>.</summary>
[Alias("IRestoreGrain")]
public interface IRestoreGrain : IGrainWithStringKey
{
    /// <summary>Takes the spec of a resource. A repeat is harmless; another UID starts a new life.</summary>
    [Alias("Apply")]
    Task ApplyAsync(RestoreSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Takes the faults of a resource that could not be read: it fails, and says all of them.</summary>
    [Alias("Refuse")]
    Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken = default);

    /// <summary>
    /// The resource is gone: what is under way is undone, and of one that succeeded the previous data are removed; then the grain forgets.
    /// </summary>
    [Alias("Forget")]
    Task ForgetAsync(string uid, CancellationToken cancellationToken = default);

    /// <summary>The cluster says: begin, with this.</summary>
    [Alias("Admit")]
    Task AdmitAsync(BackupAdmission admission, CancellationToken cancellationToken = default);

    /// <summary>The cluster says: wait, or never.</summary>
    [Alias("Wait")]
    Task WaitAsync(BackupRefusal refusal, CancellationToken cancellationToken = default);

    /// <summary>The edge says how the workload stands; the answer to <see cref="IWorkloadScaler.LookAsync"/>.</summary>
    [Alias("ObserveWorkload")]
    Task ObserveWorkloadAsync(WorkloadStanding standing, CancellationToken cancellationToken = default);

    /// <summary>The edge saw one of its Jobs. Doubled, late and reordered sightings are harmless.</summary>
    [Alias("ObserveJob")]
    Task ObserveJobAsync(JobSighting sighting, CancellationToken cancellationToken = default);

    /// <summary>What is shown; null when there is no such resource.</summary>
    [ReadOnly, Alias("GetStatus")]
    Task<RestoreStatus?> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether it holds its cluster's slot: the truth behind news that may be lost or late.</summary>
    [ReadOnly, Alias("HoldsSlot")]
    Task<bool> HoldsSlotAsync(string uid, CancellationToken cancellationToken = default);
}

/// <summary>A restore that wants to begin.</summary>
[GenerateSerializer, Immutable, Alias("RestoreWish")]
public sealed record RestoreWish
{
    /// <summary>Which.</summary>
    [Id(0)]
    public required RestoreKey Restore { get; init; }

    /// <summary>Its UID.</summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>When its resource was made.</summary>
    [Id(2)]
    public required DateTimeOffset Created { get; init; }

    /// <summary>The bucket that it reads; null where that is not known yet, or nobody counts.</summary>
    [Id(3)]
    public BucketPlace? Place { get; init; }
}

/// <summary>A restore that ended, went, or gave the slot back.</summary>
[GenerateSerializer, Immutable, Alias("RestoreEnd")]
public sealed record RestoreEnd
{
    /// <summary>Which.</summary>
    [Id(0)]
    public required RestoreKey Restore { get; init; }

    /// <summary>Its UID.</summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>Whether it is over, so that it does not wait for the slot any more.</summary>
    [Id(2)]
    public bool Over { get; init; }

    /// <summary>How long it took; null for one that tells nothing of how long another takes.</summary>
    [Id(3)]
    public RestorePace? Pace { get; init; }
}
