namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A <c>MySQLBackup</c> to be applied.</summary>
internal sealed record BackupRequest(string Name)
{
    /// <summary>Whether <see cref="Name"/> is the whole name; otherwise something unique is added.</summary>
    internal bool ExactName { get; init; }

    internal string Cluster { get; init; } = Shop.ClusterName;

    internal string Storage { get; init; } = "s3-main";

    internal bool DeletesData { get; init; }

    internal string? SourcePod { get; init; }

    internal int? ActiveDeadlineSeconds { get; init; }

    /// <summary>Mebibytes a second that the tool reads, so that a small database takes long enough to interfere; null for no bound.</summary>
    internal int? Throttle { get; init; }
}
