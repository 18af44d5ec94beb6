namespace ControlPlane.Operator.Members;

/// <summary>How a member was found to stand.</summary>
internal sealed record MemberLook
{
    /// <summary>Whether it answers, and is the one that is meant.</summary>
    public required bool Connected { get; init; }

    /// <summary>One word of <see cref="Abstractions.Reasons"/>.</summary>
    public required string Reason { get; init; }

    /// <summary>A sentence for people.</summary>
    public required string Message { get; init; }

    /// <summary>Since when it is so, where that is earlier than now.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Which Kubernetes cluster it is; null while that is not known.</summary>
    public string? ClusterId { get; init; }

    /// <summary>The version of its API server; null while that is not known.</summary>
    public string? Version { get; init; }

    /// <summary>The rights it does not grant; null where they were not asked for.</summary>
    public IReadOnlyList<MemberRight>? Missing { get; init; }

    /// <summary>How many clusters it has; null while that is not known.</summary>
    public int? Clusters { get; init; }

    /// <summary>For how many of them nothing falls due; null while that is not known.</summary>
    public int? UnprotectedClusters { get; init; }

    /// <summary>How many databases it has that no cluster describes; null while that is not known.</summary>
    public int? UndescribedDatabases { get; init; }

    /// <summary>When it was last heard from; null for never.</summary>
    public DateTimeOffset? LastContact { get; init; }
}
