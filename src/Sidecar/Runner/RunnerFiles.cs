using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Where the runner finds what it is given. In a Job these are always <see cref="JobFiles"/>.</summary>
internal sealed record RunnerFiles
{
    public string Request { get; init; } = JobFiles.Request;

    public string Ticket { get; init; } = JobFiles.Ticket;

    public string Credentials { get; init; } = JobFiles.Credentials;

    public string EncryptionKeys { get; init; } = JobFiles.EncryptionKeys;

    public string CaBundle { get; init; } = JobFiles.CaBundle;

    public string Volume { get; init; } = JobFiles.Volume;

    public string DataVolume { get; init; } = JobFiles.DataVolume;

    public string TerminationMessage { get; init; } = JobFiles.TerminationMessage;

    /// <summary>The Pod's own service account.</summary>
    public string ServiceAccount { get; init; } = "/var/run/secrets/kubernetes.io/serviceaccount";
}
