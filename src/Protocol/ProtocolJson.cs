using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace ControlPlane.Protocol;

/// <summary>
/// Reads and writes every document of this project: camel case, enums as words, unknown members ignored, absent ones take their default,
/// null only where a member may be null.
/// </summary>
/// <remarks>
/// By reflection: generated code forgets the defaults of <c>init</c> members that a document lacks (<c>verifyTls</c> would be read as
/// false), and older documents lack what newer code added.
/// </remarks>
public sealed class ProtocolJson
{
    private ProtocolJson(bool indented)
    {
        Options = new JsonSerializerOptions
        {
            PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
            DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
            RespectNullableAnnotations = true,
            WriteIndented = indented,
            NewLine = "\n",
            Converters = { new JsonStringEnumConverter() },
            TypeInfoResolver = new DefaultJsonTypeInfoResolver(),
        };
        Options.MakeReadOnly();
    }

    /// <summary>The form that travels.</summary>
    public static ProtocolJson Default { get; } = new(indented: false);

    /// <summary>The same documents, laid out for people.</summary>
    public static ProtocolJson Indented { get; } = new(indented: true);

    /// <summary>The rules themselves.</summary>
    public JsonSerializerOptions Options { get; }

    /// <summary>What a Job is asked.</summary>
    public JsonTypeInfo<JobRequest> JobRequest => Of<JobRequest>();

    /// <summary>How a Job ended.</summary>
    public JsonTypeInfo<JobReport> JobReport => Of<JobReport>();

    /// <summary>What commits a backup.</summary>
    public JsonTypeInfo<BackupManifest> BackupManifest => Of<BackupManifest>();

    /// <summary>What an agent is asked.</summary>
    public JsonTypeInfo<AgentRunRequest> AgentRunRequest => Of<AgentRunRequest>();

    /// <summary>A run of the tool.</summary>
    public JsonTypeInfo<AgentRunView> AgentRunView => Of<AgentRunView>();

    /// <summary>An instance.</summary>
    public JsonTypeInfo<InstanceView> InstanceView => Of<InstanceView>();

    /// <summary>Progress.</summary>
    public JsonTypeInfo<BackupProgress> BackupProgress => Of<BackupProgress>();

    /// <summary>A restore's progress on one volume.</summary>
    public JsonTypeInfo<RestoreProgress> RestoreProgress => Of<RestoreProgress>();

    private JsonTypeInfo<T> Of<T>() => (JsonTypeInfo<T>)Options.GetTypeInfo(typeof(T));
}
