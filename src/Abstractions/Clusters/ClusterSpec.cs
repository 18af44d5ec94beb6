using ControlPlane.Abstractions.Fleet;
using ControlPlane.Protocol;

namespace ControlPlane.Abstractions.Clusters;

/// <summary>What the owner of a database cluster asked for, as far as this plane acts on it. Read from a <c>MySQLCluster</c>; complete and free of faults.</summary>
[GenerateSerializer, Immutable, Alias("ClusterSpec")]
public sealed record ClusterSpec
{
    /// <summary>The resource's UID: a cluster that is made anew under its old name is another one.</summary>
    [Id(0)]
    public required string Uid { get; init; }

    /// <summary>The resource's generation that this was read from.</summary>
    [Id(1)]
    public required long Generation { get; init; }

    /// <summary>The Pods that hold the data.</summary>
    [Id(2)]
    public required WorkloadSpec Workload { get; init; }

    /// <summary>Which tool backs it up.</summary>
    [Id(3)]
    public BackupEngine Engine { get; init; }

    /// <summary>The Secret with <c>user</c> and <c>password</c> of the account that the tool uses.</summary>
    [Id(4)]
    public required string CredentialsSecret { get; init; }

    /// <summary>Who adds the container <c>xtrabackup</c>.</summary>
    [Id(5)]
    public SidecarMode SidecarMode { get; init; }

    /// <summary>Whether no new backup may begin.</summary>
    [Id(6)]
    public bool Suspended { get; init; }

    /// <summary>Whether backups are on. Off, the sidecar is taken out again; backups and their deletion stay.</summary>
    [Id(7)]
    public required bool BackupEnabled { get; init; }

    /// <summary>The image of the agent and of the Jobs.</summary>
    [Id(8)]
    public required ImageSpec Image { get; init; }

    /// <summary>The Jobs' service account; null for the runner account that the plane makes.</summary>
    [Id(9)]
    public string? ServiceAccountName { get; init; }

    /// <summary>The default source Pod; null to choose.</summary>
    [Id(10)]
    public string? SourcePod { get; init; }

    /// <summary>Attempts after the first, 0 to 20.</summary>
    [Id(11)]
    public int BackoffLimit { get; init; } = 6;

    /// <summary>How long one attempt may take.</summary>
    [Id(12)]
    public TimeSpan ActiveDeadline { get; init; } = TimeSpan.FromHours(12);

    /// <summary>How long a backup may wait to begin, and how late a due time may still be made up for; null for 24 hours, and for however late.</summary>
    [Id(13)]
    public TimeSpan? StartingDeadline { get; init; }

    /// <summary>The storages by name.</summary>
    [Id(14)]
    public required IReadOnlyDictionary<string, StorageSpec> Storages { get; init; }

    /// <summary>The agent container's <c>resources</c> and <c>containerSecurityContext</c>, a Kubernetes document that only the edge reads.</summary>
    [Id(15)]
    public string AgentContainerJson { get; init; } = "{}";

    /// <summary>Backups by the clock, in the order of the resource.</summary>
    [Id(16)]
    public IReadOnlyList<ScheduleSpec> Schedules { get; init; } = [];

    /// <summary>What the resource's status says of its schedules: a plane that lost its state goes on from there.</summary>
    [Id(17)]
    public IReadOnlyList<ScheduleStatus> RecordedSchedules { get; init; } = [];

    /// <summary>When the resource was made: backups that are older were taken of an earlier cluster of this name.</summary>
    [Id(18)]
    public DateTimeOffset Created { get; init; }

    /// <summary>What policies had a part in this, and which; null where none selects the cluster.</summary>
    [Id(19)]
    public EffectiveSettings? Effective { get; init; }

    /// <summary>Drills by the clock: each has a <c>RestoreDrill</c> that the plane keeps.</summary>
    [Id(20)]
    public IReadOnlyList<DrillPlan> Drills { get; init; } = [];

    /// <summary>What its owner wants to be able to rely on; null for nothing.</summary>
    [Id(21)]
    public ObjectivesSpec? Objectives { get; init; }

    /// <summary>When its backups, restores and drills may begin, beside what the fleet's budgets say.</summary>
    [Id(22)]
    public TimeRules Times { get; init; } = TimeRules.None;

    /// <summary>Why nothing falls due for the cluster by itself, one word of <see cref="Reasons"/>; null where something does.</summary>
    public string? Unscheduled() =>
        !BackupEnabled ? Reasons.BackupsDisabled
        : Suspended ? Reasons.Suspended
        : Schedules.Any(schedule => schedule is { Suspended: false, Cron.Length: > 0 }) ? null
        : Reasons.NoSchedule;
}

/// <summary>A drill of a cluster, before it has a resource.</summary>
/// <param name="Name">Its name, unique within the cluster; an RFC 1123 label.</param>
/// <param name="SpecJson">What its resource's <c>spec</c> says beside the cluster's name, a Kubernetes document that only the edge reads.</param>
[GenerateSerializer, Immutable, Alias("DrillPlan")]
public sealed record DrillPlan([property: Id(0)] string Name, [property: Id(1)] string SpecJson)
{
    /// <summary>The name of its resource. Two labels and a hyphen: always a name in Kubernetes.</summary>
    public static string NameFor(string cluster, string drill) => $"{cluster}-{drill}";
}

/// <summary>The Pods that hold the data.</summary>
[GenerateSerializer, Immutable, Alias("WorkloadSpec")]
public sealed record WorkloadSpec
{
    /// <summary>The workload's kind; <c>StatefulSet</c>.</summary>
    [Id(0)]
    public string Kind { get; init; } = "StatefulSet";

    /// <summary>Its name.</summary>
    [Id(1)]
    public required string Name { get; init; }

    /// <summary>The container that runs the server.</summary>
    [Id(2)]
    public required string Container { get; init; }

    /// <summary>The volume with the data directory.</summary>
    [Id(3)]
    public required string DataVolume { get; init; }

    /// <summary>Where it is mounted.</summary>
    [Id(4)]
    public required string DataPath { get; init; }
}

/// <summary>Who adds the sidecar.</summary>
[GenerateSerializer, Alias("SidecarMode")]
public enum SidecarMode
{
    /// <summary>The plane, by server-side apply.</summary>
    Inject,

    /// <summary>The owner; the plane leaves the workload alone.</summary>
    Present,
}

/// <summary>A container image and how it is pulled.</summary>
[GenerateSerializer, Immutable, Alias("ImageSpec")]
public sealed record ImageSpec
{
    /// <summary>The image's reference.</summary>
    [Id(0)]
    public required string Name { get; init; }

    /// <summary><c>Always</c>, <c>IfNotPresent</c> or <c>Never</c>; null for the server's default.</summary>
    [Id(1)]
    public string? PullPolicy { get; init; }

    /// <summary>The names of pull Secrets.</summary>
    [Id(2)]
    public IReadOnlyList<string> PullSecrets { get; init; } = [];
}

/// <summary>One storage of a cluster.</summary>
[GenerateSerializer, Immutable, Alias("StorageSpec")]
public sealed record StorageSpec
{
    /// <summary>Place and manner.</summary>
    [Id(0)]
    public required StorageRequest Request { get; init; }

    /// <summary>The Secret and key of the owner's CA bundle; null for none.</summary>
    [Id(1)]
    public SecretKeyReference? CaBundle { get; init; }

    /// <summary>How segments are compressed.</summary>
    [Id(2)]
    public CompressionRequest Compression { get; init; } = new();

    /// <summary>What the owner adds to each tool's call and environment.</summary>
    [Id(3)]
    public ContainerOptions ContainerOptions { get; init; } = new();

    /// <summary>The Jobs' Pod settings (<c>resources</c>, <c>nodeSelector</c>, <c>affinity</c>, …), a Kubernetes document that only the edge reads.</summary>
    [Id(4)]
    public string PodJson { get; init; } = "{}";

    /// <summary>With which of the owner's keys backups are sealed; null for backups in the clear. A name, never a key.</summary>
    [Id(5)]
    public SealingRequest? Sealing { get; init; }

    /// <summary>The most bytes a second that one Job sends to it; null for no limit. It may change while a Job runs.</summary>
    [Id(6)]
    public long? UploadBytesPerSecond { get; init; }

    /// <summary>How a backup is seen to be in the store before it counts.</summary>
    [Id(7)]
    public ReadBack ReadBack { get; init; }
}

/// <summary>A key of a Secret in the cluster's namespace.</summary>
/// <param name="SecretName">The Secret.</param>
/// <param name="Key">The key.</param>
[GenerateSerializer, Immutable, Alias("SecretKeyReference")]
public sealed record SecretKeyReference([property: Id(0)] string SecretName, [property: Id(1)] string Key);

/// <summary>What an owner adds to the tool's call.</summary>
[GenerateSerializer, Immutable, Alias("ContainerOptions")]
public sealed record ContainerOptions
{
    /// <summary>Further arguments of the backup tool.</summary>
    [Id(0)]
    public IReadOnlyList<string> ToolArguments { get; init; } = [];

    /// <summary>Further environment of the Job's container, literal values only.</summary>
    [Id(1)]
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>();
}
