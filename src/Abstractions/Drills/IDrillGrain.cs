using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using Orleans.Concurrency;

namespace ControlPlane.Abstractions.Drills;

/// <summary>One drill and all its rounds. Key: <see cref="DrillKey"/>.</summary>
[Alias("IDrillGrain")]
public interface IDrillGrain : IGrainWithStringKey
{
    /// <summary>Takes the spec of a resource, and the word that asks for a round. A repeat is harmless; another UID starts a new life.</summary>
    [Alias("Apply")]
    Task ApplyAsync(DrillSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Takes the faults of a resource that could not be read: the last good spec stays in force, and status says them all.</summary>
    [Alias("Refuse")]
    Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken = default);

    /// <summary>The resource is gone: what runs is stopped, and the grain forgets.</summary>
    [Alias("Forget")]
    Task ForgetAsync(string uid, CancellationToken cancellationToken = default);

    /// <summary>The cluster says: begin, with this.</summary>
    [Alias("Admit")]
    Task AdmitAsync(DrillAdmission admission, CancellationToken cancellationToken = default);

    /// <summary>The cluster says: wait, or never.</summary>
    [Alias("Wait")]
    Task WaitAsync(BackupRefusal refusal, CancellationToken cancellationToken = default);

    /// <summary>The edge saw one of its Jobs. Doubled, late and reordered sightings are harmless.</summary>
    [Alias("ObserveJob")]
    Task ObserveJobAsync(JobSighting sighting, CancellationToken cancellationToken = default);

    /// <summary>What is shown; null when there is no such resource.</summary>
    [ReadOnly, Alias("GetStatus")]
    Task<DrillStatus?> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether it holds its cluster's slot, and how its last round ended: the truth behind news that may be lost or late.</summary>
    [ReadOnly, Alias("GetClaim")]
    Task<DrillClaim> GetClaimAsync(string uid, CancellationToken cancellationToken = default);
}

/// <summary>A drill that wants to begin a round.</summary>
[GenerateSerializer, Immutable, Alias("DrillWish")]
public sealed record DrillWish
{
    /// <summary>Which.</summary>
    [Id(0)]
    public required DrillKey Drill { get; init; }

    /// <summary>Its UID.</summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>Since when it waits: the order of the queue.</summary>
    [Id(2)]
    public required DateTimeOffset Since { get; init; }

    /// <summary>Which backup it is to take.</summary>
    [Id(3)]
    public required BackupChoice Choice { get; init; }
}

/// <summary>What a round may begin with.</summary>
[GenerateSerializer, Immutable, Alias("DrillAdmission")]
public sealed record DrillAdmission
{
    /// <summary>The UID that is meant.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The cluster's spec at that moment.</summary>
    [Id(1)]
    public required ClusterSpec Cluster { get; init; }

    /// <summary>The backup that is to be taken.</summary>
    [Id(2)]
    public required string Backup { get; init; }

    /// <summary>The place in the fleet's budgets; null where there are none.</summary>
    [Id(3)]
    public Place? Place { get; init; }
}

/// <summary>A drill whose round ended, or that went.</summary>
[GenerateSerializer, Immutable, Alias("DrillEnd")]
public sealed record DrillEnd
{
    /// <summary>Which.</summary>
    [Id(0)]
    public required DrillKey Drill { get; init; }

    /// <summary>Its UID.</summary>
    [Id(1)]
    public required string Uid { get; init; }

    /// <summary>Whether it waits for the slot no longer.</summary>
    [Id(2)]
    public required bool Over { get; init; }

    /// <summary>How its last round ended; null when none did.</summary>
    [Id(3)]
    public DrillResult? Result { get; init; }

    /// <summary>Whether its resource is gone: then nobody goes by what it found last.</summary>
    [Id(4)]
    public bool Gone { get; init; }
}

/// <summary>Whether a drill holds the slot of its cluster.</summary>
[GenerateSerializer, Immutable, Alias("DrillClaim")]
public sealed record DrillClaim
{
    /// <summary>Whether a round was admitted and has not ended.</summary>
    [Id(0)]
    public required bool Holds { get; init; }

    /// <summary>What is to be known of its last round; null where nothing is known of that UID.</summary>
    [Id(1)]
    public DrillEnd? End { get; init; }
}

/// <summary>How a round ended, as its cluster remembers it.</summary>
[GenerateSerializer, Immutable, Alias("DrillResult")]
public sealed record DrillResult
{
    /// <summary>The drill's name.</summary>
    [Id(0)]
    public required string Drill { get; init; }

    /// <summary>When it ended.</summary>
    [Id(1)]
    public required DateTimeOffset Completed { get; init; }

    /// <summary>Whether the backup was proven.</summary>
    [Id(2)]
    public required bool Passed { get; init; }

    /// <summary>One word from <see cref="Reasons"/>, or the name of a job fault.</summary>
    [Id(3)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(4)]
    public string Message { get; init; } = "";

    /// <summary>The backup; null when it came to none.</summary>
    [Id(5)]
    public string? Backup { get; init; }

    /// <summary>From the first byte to the server's first answer, in seconds; null where no server answered.</summary>
    [Id(6)]
    public double? RecoverySeconds { get; init; }

    /// <summary>Bytes of the restored data.</summary>
    [Id(7)]
    public long BytesOfData { get; init; }

    /// <summary>How long a restore takes by it; null where no server answered.</summary>
    [Id(8)]
    public RestorePace? Pace { get; init; }
}
