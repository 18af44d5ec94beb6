namespace ControlPlane.Operator.Members;

/// <summary>How the member that this plane runs in is reached, and where the credentials of the others lie.</summary>
internal sealed class MemberOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Members";

    private const string DefaultNamespace = "controlplane-system";
    private const string NamespaceFile = "/var/run/secrets/kubernetes.io/serviceaccount/namespace";

    /// <summary>
    /// A kubeconfig file. None by default: inside of a Pod its service account is used, outside of one the file that
    /// <c>KUBECONFIG</c> names.
    /// </summary>
    public string? KubeConfig { get; set; }

    /// <summary>The context within that file; none for its current one.</summary>
    public string? Context { get; set; }

    /// <summary>
    /// The plane's own namespace, where the Secrets of members lie. Default: that of its Pod; outside of one <c>controlplane-system</c>.
    /// </summary>
    public string? Namespace { get; set; }

    /// <summary>The namespace that counts.</summary>
    public string NamespaceOrDefault => Namespace is { Length: > 0 } named ? named
        : KubeConfig is null && File.Exists(NamespaceFile) ? File.ReadAllText(NamespaceFile).Trim()
        : DefaultNamespace;
}
