using ControlPlane.Abstractions.Clusters;

namespace ControlPlane.Abstractions.Backups;

/// <summary>
/// The spec of a backup is immutable but for <c>cancelled</c> and <c>encryptionKey</c>. A new API server holds that by a rule of the schema; an old one does not,
/// so the first spec that was read counts, and what a later one says otherwise is said back to its owner.
/// </summary>
public static class BackupSpecs
{
    /// <summary>The fields of <paramref name="later"/> that differ from <paramref name="first"/> and must not; empty when there is none.</summary>
    public static IReadOnlyList<string> ChangedFields(BackupSpec first, BackupSpec later) =>
    [
        .. new (string Field, bool Same)[]
        {
            ("spec.clusterName", first.ClusterName == later.ClusterName),
            ("spec.storageName", first.StorageName == later.StorageName),
            ("spec.sourcePod", first.SourcePod == later.SourcePod),
            ("spec.activeDeadlineSeconds", first.ActiveDeadline == later.ActiveDeadline),
            ("spec.importFrom", first.ImportFrom == later.ImportFrom),
            ("spec.retention", first.KeepFor == later.KeepFor),
            ("spec.containerOptions", Same(first.ContainerOptions, later.ContainerOptions)),
        }.Where(field => !field.Same).Select(field => field.Field),
    ];

    /// <summary>The spec to go by: the first one, with what may change taken from the later one.</summary>
    public static BackupSpec Merge(BackupSpec first, BackupSpec later) => first with
    {
        Generation = later.Generation,
        Cancelled = first.Cancelled || later.Cancelled,
        Deleting = later.Deleting,
        DeletesData = later.DeletesData,
        EncryptionKey = later.EncryptionKey,
        Held = later.Held,
        Schedule = later.Schedule,
        Due = later.Due,
        Recorded = first.Recorded ?? later.Recorded,
    };

    /// <summary>The sentence for the owner.</summary>
    public static string Explain(IReadOnlyList<string> changed) =>
        $"The spec of a backup cannot be changed but for 'cancelled' and 'encryptionKey': {string.Join(", ", changed)} {(changed.Count == 1 ? "was" : "were")} changed without effect. Create another backup for it.";

    private static bool Same(ContainerOptions? one, ContainerOptions? other) =>
        one is null || other is null
            ? one is null && other is null
            : one.ToolArguments.SequenceEqual(other.ToolArguments)
                && one.Environment.Count == other.Environment.Count
                && one.Environment.All(variable => other.Environment.TryGetValue(variable.Key, out var value) && value == variable.Value);
}
