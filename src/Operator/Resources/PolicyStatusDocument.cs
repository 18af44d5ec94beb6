namespace ControlPlane.Operator.Resources;

/// <summary>The status of a <c>BackupPolicy</c> as it stands in the API server.</summary>
internal sealed record PolicyStatusDocument
{
    public const int MostConflicts = 20;

    public const int MostMembers = 200;

    public long? ObservedGeneration { get; init; }

    public int? Clusters { get; init; }

    public int? Conflicting { get; init; }

    public IReadOnlyList<PolicyDisputeDocument>? Conflicts { get; init; }

    public IReadOnlyList<PolicyMemberDocument>? Members { get; init; }

    public IReadOnlyList<ConditionDocument>? Conditions { get; init; }
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
