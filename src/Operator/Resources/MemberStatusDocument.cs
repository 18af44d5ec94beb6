using System.Text.Json;
using ControlPlane.Operator.Members;

namespace ControlPlane.Operator.Resources;

/// <summary>The status of a <c>MemberCluster</c> as it stands in the API server.</summary>
internal sealed record MemberStatusDocument
{
    public long? ObservedGeneration { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }

    /// <summary>The UID of the namespace <c>kube-system</c>: which Kubernetes cluster this is.</summary>
    public string? ClusterId { get; init; }

    public string? KubernetesVersion { get; init; }

    public int? Clusters { get; init; }

    public int? UnprotectedClusters { get; init; }

    public int? UndescribedDatabases { get; init; }

    public string? LastContact { get; init; }

    public IReadOnlyList<string>? MissingRights { get; init; }

    public static string? ReadClusterId(JsonElement document) => Parse(document)?.ClusterId;

    public static bool? ReadConnected(JsonElement document) =>
        Parse(document)?.Conditions?.FirstOrDefault(condition => condition.Type == MemberConditions.Connected)?.ToCondition().Status;

    /// <summary>What a status says of an earlier life; one that somebody wrote otherwise is left out of account.</summary>
    public static MemberStatusDocument? Parse(JsonElement document)
    {
        try
        {
            return document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
                ? status.Deserialize(StatusJson.Default.MemberStatusDocument)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
