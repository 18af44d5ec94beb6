using System.Text.Json;

namespace ControlPlane.Operator.Resources;

/// <summary>The status of a <c>BackupPolicy</c> as it stands in the API server.</summary>
internal sealed record PolicyStatusDocument
{
    public const int MostConflicts = 20;

    public const int MostMembers = 200;

    public const int MostParts = 100;

    public long? ObservedGeneration { get; init; }

    public int? Clusters { get; init; }

    public int? Conflicting { get; init; }

    public int? Faulty { get; init; }

    public IReadOnlyList<PolicyDisputeDocument>? Conflicts { get; init; }

    public IReadOnlyList<PolicyMemberDocument>? Members { get; init; }

    public IReadOnlyList<PolicyPartDocument>? Parts { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }

    /// <summary>What a status says of an earlier life; one that somebody wrote otherwise is left out of account.</summary>
    public static PolicyStatusDocument? Parse(JsonElement document)
    {
        try
        {
            return document.TryGetProperty("status", out var status) && status.ValueKind == JsonValueKind.Object
                ? status.Deserialize(StatusJson.Default.PolicyStatusDocument)
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }
}

/// <summary>How many clusters take a part of the policy.</summary>
internal sealed record PolicyPartDocument
{
    public string? Name { get; init; }

    public int? Clusters { get; init; }
}

/// <summary>What the policy and others do not agree on for one cluster.</summary>
internal sealed record PolicyDisputeDocument
{
    public string? Cluster { get; init; }

    public string? Field { get; init; }

    /// <summary>By name, as one text.</summary>
    public string? Policies { get; init; }
}

/// <summary>How many clusters the policy selects in one member.</summary>
internal sealed record PolicyMemberDocument
{
    public string? Name { get; init; }

    public int? Clusters { get; init; }
}
