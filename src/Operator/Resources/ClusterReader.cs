using System.Text.Json;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads a <c>MySQLCluster</c>. Pure.</summary>
internal static class ClusterReader
{
    public const string DefaultContainer = "mysql";
    public const string DefaultVolume = "datadir";
    public const string DefaultPath = "/var/lib/mysql";
    private const string StatefulSet = "StatefulSet";

    /// <param name="header">The resource's header.</param>
    /// <param name="document">The resource.</param>
    /// <param name="asked">Where the fields that are asked for are noted.</param>
    /// <param name="backup">What counts in the place of its <c>spec.backup</c>, once policies were heard; null for what stands there.</param>
    public static SpecReading<ClusterSpec> Read(ResourceHeader header, JsonElement document, ICollection<string>? asked = null, JsonElement? backup = null)
    {
        var faults = new FaultList { Asked = asked };

        // The name becomes a label of the agents' certificate, where Kubernetes' longer names do not fit.
        if (!Rfc1123.IsLabel(header.Name))
            faults.Add("metadata.name", JsonSerializer.SerializeToElement(header.Name), FieldChecks.Label(header.Name)!);
        if (new FieldReader(document, "", "", faults).RequiredSection("spec") is not { } spec)
            return SpecReading<ClusterSpec>.Of(header, faults, () => throw new InvalidOperationException("A resource without a spec has a fault."));

        var workload = ReadWorkload(spec);
        var engine = spec.Word("engine", nameof(BackupEngine.Auto), nameof(BackupEngine.XtraBackup), nameof(BackupEngine.MariaDbBackup));
        var credentials = spec.Required("credentialsSecret", FieldChecks.Subdomain);
        var sidecar = ReadSidecar(spec);
        var suspended = spec.Flag("suspended") ?? false;
        var own = spec.Section("backup");
        var section = BackupSectionReader.Read(backup is { } merged ? new FieldReader(merged, "spec.backup", "spec.backup", faults) : own);
        spec.Close();

        return SpecReading<ClusterSpec>.Of(header, faults, () => new()
        {
            Uid = header.Uid,
            Generation = header.Generation,
            Created = header.Created,
            Workload = workload!,
            Engine = engine is null ? BackupEngine.Auto : Enum.Parse<BackupEngine>(engine),
            CredentialsSecret = credentials!,
            SidecarMode = sidecar,
            Suspended = suspended,
            BackupEnabled = section.Enabled,
            Image = section.Image,
            ServiceAccountName = section.ServiceAccountName,
            SourcePod = section.SourcePod,
            BackoffLimit = section.BackoffLimit,
            ActiveDeadline = section.ActiveDeadline,
            StartingDeadline = section.StartingDeadline,
            Storages = section.Storages,
            AgentContainerJson = section.AgentContainerJson,
            Schedules = section.Schedules,
            Drills = section.Drills,
            Objectives = section.Objectives,
            Times = section.Times,
            RecordedSchedules = ScheduleReader.ReadRecorded(header, document),
        });
    }

    /// <summary>The workload that a resource names, also where it has faults; empty where it names none.</summary>
    public static string WorkloadOf(JsonElement document) =>
        document.TryGetProperty("spec", out var spec) && spec.ValueKind == JsonValueKind.Object
        && spec.TryGetProperty("workload", out var workload) && workload.ValueKind == JsonValueKind.Object
        && workload.TryGetProperty("name", out var name) && name.ValueKind == JsonValueKind.String ? name.GetString()! : "";

    private static WorkloadSpec? ReadWorkload(FieldReader spec)
    {
        if (spec.RequiredSection("workload") is not { } workload)
            return null;
        workload.Word("kind", StatefulSet);
        var name = workload.Required("name", FieldChecks.Subdomain);
        var container = workload.Text("container", FieldChecks.Label, NotOurs);
        var volume = workload.Text("dataVolume", FieldChecks.Label);
        var path = workload.Text("dataPath", FieldChecks.AbsolutePath);
        workload.Close();
        return name is null ? null : new()
        {
            Kind = StatefulSet,
            Name = name,
            Container = container ?? DefaultContainer,
            DataVolume = volume ?? DefaultVolume,
            DataPath = path ?? DefaultPath,
        };
    }

    private static string? NotOurs(string container) =>
        container == ApiGroup.Containers.Agent ? "is the agent's own container; name the one that runs the server" : null;

    private static SidecarMode ReadSidecar(FieldReader spec)
    {
        var sidecar = spec.Section("sidecar");
        var mode = sidecar?.Word("mode", nameof(SidecarMode.Inject), nameof(SidecarMode.Present));
        sidecar?.Close();
        return mode == nameof(SidecarMode.Present) ? SidecarMode.Present : SidecarMode.Inject;
    }
}
