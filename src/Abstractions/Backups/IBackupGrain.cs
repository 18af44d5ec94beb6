using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using Orleans.Concurrency;

namespace ControlPlane.Abstractions.Backups;

/// <summary>One backup, from the wish to the verdict, and its data until it is removed. Key: <see cref="BackupKey"/>.</summary>
[Alias("IBackupGrain")]
public interface IBackupGrain : IGrainWithStringKey
{
    /// <summary>Takes the spec of a resource, also that it is being deleted. A repeat is harmless; another UID starts a new life.</summary>
    [Alias("Apply")]
    Task ApplyAsync(BackupSpec spec, CancellationToken cancellationToken = default);

    /// <summary>Takes the faults of a resource that could not be read: it fails, and says all of them.</summary>
    [Alias("Refuse")]
    Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken = default);

    /// <summary>The resource is gone: what runs is stopped, what it left unfinished is swept, and the grain forgets.</summary>
    [Alias("Forget")]
    Task ForgetAsync(string uid, CancellationToken cancellationToken = default);

    /// <summary>The cluster says: begin, with this.</summary>
    [Alias("Admit")]
    Task AdmitAsync(BackupAdmission admission, CancellationToken cancellationToken = default);

    /// <summary>The cluster says: wait, or never.</summary>
    [Alias("Wait")]
    Task WaitAsync(BackupRefusal refusal, CancellationToken cancellationToken = default);

    /// <summary>
    /// The cluster's spec changed while the backup runs: what may change in mid-run does, which is the bandwidth. Said again now and then; a
    /// repeat is harmless.
    /// </summary>
    [Alias("Follow")]
    Task FollowAsync(BackupAdmission admission, CancellationToken cancellationToken = default);

    /// <summary>News of the fleet's ledger: the backup's share of a bandwidth is another one. It counts in mid-run; null for no limit.</summary>
    [OneWay, Alias("Share")]
    Task ShareAsync(string uid, long? uploadBytesPerSecond);

    /// <summary>The edge says how the instances stand; the answer to <see cref="ISurveyor.SurveyAsync"/>.</summary>
    [Alias("ChooseSource")]
    Task ChooseSourceAsync(ClusterSurvey survey, CancellationToken cancellationToken = default);

    /// <summary>The edge saw one of its Jobs. Doubled, late and reordered sightings are harmless.</summary>
    [Alias("ObserveJob")]
    Task ObserveJobAsync(JobSighting sighting, CancellationToken cancellationToken = default);

    /// <summary>
    /// Retention lets it go: from now on nobody relies on its data, and there is no way back. Answers whether that is agreed: not while it is
    /// held, busy, or on its way out already. A repeat is harmless.
    /// </summary>
    [Alias("Expire")]
    Task<bool> ExpireAsync(BackupExpiry expiry, CancellationToken cancellationToken = default);

    /// <summary>The data of a backup that expired was removed with others'. Answers whether its resource may still be there.</summary>
    [Alias("Pruned")]
    Task<bool> PrunedAsync(string uid, CancellationToken cancellationToken = default);

    /// <summary>The store was looked through for its data. A repeat is harmless.</summary>
    [Alias("ObserveData")]
    Task ObserveDataAsync(DataSighting sighting, CancellationToken cancellationToken = default);

    /// <summary>For display.</summary>
    [ReadOnly, Alias("GetStatus")]
    Task<BackupStatus?> GetStatusAsync(CancellationToken cancellationToken = default);

    /// <summary>A drill found out whether it can be restored. A repeat is harmless, and an older word than the last counts for nothing.</summary>
    [Alias("Prove")]
    Task ProveAsync(BackupProof proof, CancellationToken cancellationToken = default);

    /// <summary>The catalogue finds it unusual beside those before it. A repeat is harmless.</summary>
    [Alias("Compare")]
    Task CompareAsync(BackupAnomalies anomalies, CancellationToken cancellationToken = default);

    /// <summary>
    /// A restore, or a drill, reads it from now on: no rule lets it go until <see cref="ReturnAsync"/>. Answers what is shown of it; null when there is none of the name.
    /// A repeat is harmless.
    /// </summary>
    [Alias("Lend")]
    Task<BackupStatus?> LendAsync(string reader, CancellationToken cancellationToken = default);

    /// <summary>The reader reads it no longer. A repeat is harmless.</summary>
    [Alias("Return")]
    Task ReturnAsync(string reader, CancellationToken cancellationToken = default);

    /// <summary>How it ended, whoever asks; null while it has not, and when there is none of the name.</summary>
    [ReadOnly, Alias("GetEnd")]
    Task<BackupEnd?> GetEndAsync(CancellationToken cancellationToken = default);

    /// <summary>Whether it holds its cluster's slot, and how it ended when it does not: the truth behind news that may be lost or late.</summary>
    [ReadOnly, Alias("GetClaim")]
    Task<BackupClaim> GetClaimAsync(string uid, CancellationToken cancellationToken = default);
}

/// <summary>Whether a backup holds the slot of its cluster.</summary>
[GenerateSerializer, Immutable, Alias("BackupClaim")]
public sealed record BackupClaim
{
    /// <summary>Whether it was admitted and has not ended, nor gone back to waiting.</summary>
    [Id(0)]
    public required bool Holds { get; init; }

    /// <summary>How it ended; null when it did not, or when nothing is known of that UID.</summary>
    [Id(1)]
    public BackupEnd? End { get; init; }
}

/// <summary>What a backup may begin with: copied, so that it survives a changed cluster.</summary>
[GenerateSerializer, Immutable, Alias("BackupAdmission")]
public sealed record BackupAdmission
{
    /// <summary>The UID that is meant.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The cluster's spec at that moment.</summary>
    [Id(1)]
    public required ClusterSpec Cluster { get; init; }

    /// <summary>Of a restore: how long an earlier one took; null where none was measured.</summary>
    [Id(2)]
    public RestorePace? Pace { get; init; }

    /// <summary>The place in the fleet's budgets; null where there are none.</summary>
    [Id(3)]
    public Place? Place { get; init; }
}

/// <summary>That retention lets a backup go.</summary>
[GenerateSerializer, Immutable, Alias("BackupExpiry")]
public sealed record BackupExpiry
{
    /// <summary>The UID that is meant.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>Why, one sentence for people.</summary>
    [Id(1)]
    public required string Message { get; init; }
}

/// <summary>Whether the data of a good backup was found where it should be.</summary>
[GenerateSerializer, Immutable, Alias("DataSighting")]
public sealed record DataSighting
{
    /// <summary>The UID of the backup that is meant.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>Whether its manifest, or a part of what that names, was looked for in vain.</summary>
    [Id(1)]
    public required bool Missing { get; init; }
}

/// <summary>Whether a backup can be restored, as a drill saw it.</summary>
[GenerateSerializer, Immutable, Alias("BackupProof")]
public sealed record BackupProof
{
    /// <summary>The UID of the backup that is meant.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The drill's name.</summary>
    [Id(1)]
    public required string Drill { get; init; }

    /// <summary>When it was seen.</summary>
    [Id(2)]
    public required DateTimeOffset Time { get; init; }

    /// <summary>Whether it was restored, and all that was looked at was as it had to be.</summary>
    [Id(3)]
    public required bool Passed { get; init; }

    /// <summary>One word: <see cref="Reasons.Proven"/>, or the name of a job fault.</summary>
    [Id(4)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(5)]
    public string Message { get; init; } = "";

    /// <summary>From the first byte to the server's first answer, in seconds; null where no server answered.</summary>
    [Id(6)]
    public double? RecoverySeconds { get; init; }
}

/// <summary>Why a backup may not begin.</summary>
[GenerateSerializer, Immutable, Alias("BackupRefusal")]
public sealed record BackupRefusal
{
    /// <summary>The UID that is meant.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>One word from <see cref="Reasons"/>.</summary>
    [Id(1)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(2)]
    public required string Message { get; init; }

    /// <summary>How long it may stay so before the backup fails with this reason; null for the backup's own starting deadline.</summary>
    [Id(3)]
    public TimeSpan? Patience { get; init; }

    /// <summary>The cluster's own starting deadline, where it is known and set; null for 24 hours.</summary>
    [Id(4)]
    public TimeSpan? StartingDeadline { get; init; }

    /// <summary>How it stands in the line for a place in the fleet's budgets; null where it waits for something else.</summary>
    [Id(5)]
    public PlaceWait? Line { get; init; }
}
