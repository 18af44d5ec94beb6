using System.Security.Cryptography;
using System.Text;
using ControlPlane.Abstractions;

namespace ControlPlane.Operator.Workloads;

/// <summary>The names of what is put into an owner's workload.</summary>
internal static class Sidecar
{
    private const string SecretSuffix = "-backup-agent";

    /// <summary>The volumes; the prefix keeps them apart from the owner's.</summary>
    public static class Volumes
    {
        public const string Agent = "controlplane-agent";
        public const string Credentials = "controlplane-credentials";
        public const string Scratch = "controlplane-scratch";
    }

    /// <summary>All of them.</summary>
    public static readonly IReadOnlyList<string> VolumeNames = [Volumes.Agent, Volumes.Credentials, Volumes.Scratch];

    /// <summary>The Secret with certificate, key and ticket keys: <c>&lt;cluster&gt;-backup-agent</c>, shortened with a digest where that is too long.</summary>
    public static string AgentSecret(string cluster)
    {
        if (cluster.Length + SecretSuffix.Length <= Rfc1123.MaximumSubdomain)
            return cluster + SecretSuffix;
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(cluster)))[..8];
        return cluster[..(Rfc1123.MaximumSubdomain - SecretSuffix.Length - digest.Length - 1)].TrimEnd('-', '.') + "-" + digest + SecretSuffix;
    }
}
