using System.Text.Json.Serialization;

namespace ControlPlane.Protocol;

/// <summary>Reads and writes every document of this project: camel case, enums as words, unknown members ignored, absent ones omitted.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    RespectRequiredConstructorParameters = true)]
[JsonSerializable(typeof(JobRequest))]
[JsonSerializable(typeof(JobReport))]
[JsonSerializable(typeof(BackupManifest))]
[JsonSerializable(typeof(AgentRunRequest))]
[JsonSerializable(typeof(AgentRunView))]
[JsonSerializable(typeof(InstanceView))]
[JsonSerializable(typeof(BackupProgress))]
public sealed partial class ProtocolJson : JsonSerializerContext;
