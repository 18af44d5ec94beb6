namespace ControlPlane.Operator.Members;

/// <summary>What a <c>MemberCluster</c> asks for, and what its status says of its earlier life.</summary>
internal sealed record MemberClusterSpec
{
    /// <summary>The Secret with the credentials, in the plane's own namespace.</summary>
    public required string SecretName { get; init; }

    /// <summary>The key of the Secret that holds a kubeconfig; without effect where <see cref="Server"/> is given.</summary>
    public string Key { get; init; } = DefaultKey;

    /// <summary>The context within the kubeconfig; null for its current one.</summary>
    public string? Context { get; init; }

    /// <summary>The API server's address; then the Secret has the keys <c>token</c> and <c>ca.crt</c>. Null for a kubeconfig.</summary>
    public string? Server { get; init; }

    /// <summary>The name that the API server's certificate bears; null for that in <see cref="Server"/>.</summary>
    public string? TlsServerName { get; init; }

    /// <summary>Whether the plane leaves the member alone.</summary>
    public bool Suspended { get; init; }

    /// <summary>Calls at the same time; null for the plane's own setting.</summary>
    public int? ApiCalls { get; init; }

    /// <summary>Which Kubernetes cluster it was found to be; null while that is not known.</summary>
    public string? ClusterId { get; init; }

    /// <summary>What the status says of its connection; null while it says nothing.</summary>
    public bool? Connected { get; init; }

    public const string DefaultKey = "kubeconfig";
}
