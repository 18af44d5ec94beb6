namespace ControlPlane.Operator.Jobs;

/// <summary>What a Job's Pod runs as, and how it is laid out.</summary>
internal static class Runner
{
    /// <summary>The Jobs' account where the owner names none, and the role that it has: patch the status of our resources, nothing else.</summary>
    public const string Account = "controlplane-runner";

    /// <summary>The unprivileged user and group of the image.</summary>
    public const long User = 10001;

    /// <summary>How long a runner that is told to stop may take to stop cleanly and report.</summary>
    public const int GracePeriodSeconds = 30;

    /// <summary>The volumes' names.</summary>
    public static class Volumes
    {
        public const string Request = "request";
        public const string Ticket = "ticket";
        public const string Credentials = "credentials";
        public const string CaBundle = "ca";
        public const string EncryptionKeys = "encryption";
        public const string Scratch = "scratch";
        public const string Backup = "backup";
        public const string Data = "data";
    }
}
