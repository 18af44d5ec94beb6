namespace ControlPlane.Operator.Members;

/// <summary>The conditions of a <c>MemberCluster</c>.</summary>
internal static class MemberConditions
{
    /// <summary>The resource was read.</summary>
    public const string Accepted = nameof(Accepted);

    /// <summary>The member's API server answers, and is the one that is meant.</summary>
    public const string Connected = nameof(Connected);

    /// <summary>The plane may do there what it has to.</summary>
    public const string Authorized = nameof(Authorized);
}
