using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads a <c>MySQLBackup</c>. Pure.</summary>
internal static class BackupReader
{
    /// <summary>Whether its owner holds it. Whoever sets the annotation, with whatever reason as its value, means it.</summary>
    public static bool IsHeld(ResourceHeader header) =>
        header.Annotations.TryGetValue(ApiGroup.Annotations.Hold, out var why) && !why.Trim().Equals("false", StringComparison.OrdinalIgnoreCase);

    public static SpecReading<BackupSpec> Read(ResourceHeader header, JsonElement document, ICollection<string>? asked = null)
    {
        var faults = new FaultList { Asked = asked };
        if (new FieldReader(document, "", "", faults).RequiredSection("spec") is not { } spec)
            return SpecReading<BackupSpec>.Of(header, faults, () => throw new InvalidOperationException("A resource without a spec has a fault."));

        var cluster = spec.Required("clusterName", FieldChecks.Label);
        var storage = spec.Required("storageName", FieldChecks.StorageName);
        spec.Word("type", "full");
        var source = spec.Text("sourcePod", FieldChecks.Subdomain);
        var deadline = BackupSectionReader.Deadline(spec, "activeDeadlineSeconds");
        var options = ContainerOptionsReader.Read(spec.Section("containerOptions"));
        var cancelled = spec.Flag("cancelled") ?? false;
        var key = spec.Text("encryptionKey", FieldChecks.SecretKey);
        var keepFor = RetentionReader.ReadBackup(spec);
        var folder = ReadImport(spec, options);
        spec.Close();

        return SpecReading<BackupSpec>.Of(header, faults, () => new()
        {
            Uid = header.Uid,
            Generation = header.Generation,
            Created = header.Created,
            ClusterName = cluster!,
            StorageName = storage!,
            SourcePod = source,
            ActiveDeadline = deadline,
            ContainerOptions = options,
            Cancelled = cancelled,
            EncryptionKey = key,
            KeepFor = keepFor,
            ImportFrom = folder,
            Held = IsHeld(header),
            Schedule = header.Labels.TryGetValue(ApiGroup.Labels.Schedule, out var schedule) && schedule.Length > 0 ? schedule : null,
            Due = header.Annotations.TryGetValue(ApiGroup.Annotations.Due, out var due) ? KubernetesTime.Read(due) : null,
            Deleting = header.Deleting,
            DeletesData = header.Finalizers.Contains(ApiGroup.Backups.DeleteDataFinalizer),
            Recorded = BackupStatusReader.Read(header.Uid, document),
        });
    }

    private static BackupFolder? ReadImport(FieldReader spec, ContainerOptions? options)
    {
        if (spec.Section("importFrom") is not { } import)
            return null;
        var folder = import.Required("folder", FieldChecks.BackupFolder);
        import.Close();

        // What only the taking of a backup goes by would be without effect.
        if (spec.Has("sourcePod"))
            spec.Add("sourcePod", "has no effect on a backup that is imported, for no Pod is asked; remove it");
        if (options?.ToolArguments.Count > 0)
            spec.Add("containerOptions", "has arguments for the backup tool, which does not run for a backup that is imported; remove args");
        return folder is null ? null : BackupFolder.Read(folder);
    }
}
