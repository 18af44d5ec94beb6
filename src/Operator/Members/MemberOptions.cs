namespace ControlPlane.Operator.Members;

/// <summary>How the member that this plane runs in is reached.</summary>
internal sealed class MemberOptions
{
    /// <summary>The section of the configuration.</summary>
    public const string Section = "Members";

    /// <summary>
    /// A kubeconfig file. None by default: inside of a Pod its service account is used, outside of one the file that
    /// <c>KUBECONFIG</c> names.
    /// </summary>
    public string? KubeConfig { get; set; }

    /// <summary>The context within that file; none for its current one.</summary>
    public string? Context { get; set; }
}
