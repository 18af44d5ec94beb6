namespace ControlPlane.Protocol;

/// <summary>Where a Job's Pod finds its files; the Job builder mounts them, the runner reads them.</summary>
public static class JobFiles
{
    /// <summary>The folder of the request and the ticket, from Secrets and annotations of the Job.</summary>
    public const string Folder = "/var/run/controlplane";

    /// <summary>The <see cref="JobRequest"/> as JSON. It comes from the Pod's own annotation <see cref="RequestAnnotation"/> by the downward API.</summary>
    public const string Request = Folder + "/request/request.json";

    /// <summary>The annotation on the Job's Pod that carries the request.</summary>
    public const string RequestAnnotation = "backup.controlplane/request";

    /// <summary>The ticket for the agent, from a Secret that the Job owns. Absent for Jobs that need no agent.</summary>
    public const string Ticket = Folder + "/ticket/" + TicketKey;

    /// <summary>The ticket's key in its Secret.</summary>
    public const string TicketKey = "ticket";

    /// <summary>
    /// The folder with the owner's credentials, one file a key of the Secret. The mount is optional: an absent Secret shows as an
    /// absent file and is reported by the runner by name, instead of a Pod that never starts.
    /// </summary>
    public const string Credentials = Folder + "/credentials";

    /// <summary>
    /// The folder with the owner's encryption keys, one file a key, named by its id. Mounted optionally, for the same reason, and only the
    /// key that is needed.
    /// </summary>
    public const string EncryptionKeys = Folder + "/encryption";

    /// <summary>The owner's CA bundle, PEM.</summary>
    public const string CaBundle = Folder + "/ca/ca.crt";

    /// <summary>The volume of a <see cref="StorageType.FileSystem"/> storage.</summary>
    public const string Volume = "/backup";

    /// <summary>The data volume of a restore, or the volume of a drill's own.</summary>
    public const string DataVolume = "/data";

    /// <summary>The folder that the runner may write to; everything else is read-only.</summary>
    public const string Scratch = "/tmp";

    /// <summary>Where the kubelet picks the report up; at most <see cref="JobReport.MaxBytes"/>.</summary>
    public const string TerminationMessage = "/dev/termination-log";
}
