using System.Text.Json.Serialization;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads and writes the status documents: camel case, absent fields omitted, so that server-side apply gives up what is no longer said.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BackupStatusDocument))]
[JsonSerializable(typeof(ClusterStatusDocument))]
[JsonSerializable(typeof(RestoreStatusDocument))]
[JsonSerializable(typeof(DrillStatusDocument))]
[JsonSerializable(typeof(PolicyStatusDocument))]
[JsonSerializable(typeof(FleetBudgetStatusDocument))]
[JsonSerializable(typeof(MemberStatusDocument))]
internal sealed partial class StatusJson : JsonSerializerContext;
