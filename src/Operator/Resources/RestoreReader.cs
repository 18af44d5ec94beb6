using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads a <c>MySQLRestore</c>. Pure.</summary>
internal static class RestoreReader
{
    /// <summary>What the storage of a backup's place is called where its owner gives it no name.</summary>
    private const string UnnamedStorage = "source";

    public static SpecReading<RestoreSpec> Read(ResourceHeader header, JsonElement document, ICollection<string>? asked = null)
    {
        var faults = new FaultList { Asked = asked };
        if (new FieldReader(document, "", "", faults).RequiredSection("spec") is not { } spec)
            return SpecReading<RestoreSpec>.Of(header, faults, () => throw new InvalidOperationException("A resource without a spec has a fault."));

        var cluster = spec.Required("clusterName", FieldChecks.Label);
        var backup = spec.Text("backupName", FieldChecks.Subdomain);
        var place = ReadPlace(spec.Section("backupSource"), faults);
        if (spec.Has("backupName") == spec.Has("backupSource"))
            spec.Add("backupName", spec.Has("backupName") ? "stands beside backupSource; name the backup in one of the two" : "is missing; name a MySQLBackup, or say in backupSource where the backup lies");
        if (spec.Has("pitr"))
            spec.Add("pitr", "is not supported by this version; remove it");
        var dryRun = spec.Flag("dryRun") ?? false;
        var replicas = Word<ReplicaVolumes>(spec, "replicaVolumes");
        var keep = Word<KeepPrevious>(spec, "keepPrevious");
        var cancelled = spec.Flag("cancelled") ?? false;
        var confirmed = spec.Flag("confirmed") ?? false;
        spec.Close();

        return SpecReading<RestoreSpec>.Of(header, faults, () => new()
        {
            Uid = header.Uid,
            Generation = header.Generation,
            Created = header.Created,
            ClusterName = cluster!,
            BackupName = backup,
            Source = place,
            DryRun = dryRun,
            ReplicaVolumes = replicas,
            KeepPrevious = keep,
            Cancelled = cancelled,
            Confirmed = confirmed,
            Recorded = RestoreStatusDocument.Read(header.Uid, document),
        });
    }

    private static T Word<T>(FieldReader spec, string name) where T : struct, Enum =>
        spec.Word(name, Enum.GetNames<T>()) is { } word && Enum.TryParse(word, out T value) ? value : default;

    private static BackupPlace? ReadPlace(FieldReader? section, FaultList faults)
    {
        if (section is null)
            return null;
        var destination = section.Required("destination", FieldChecks.Destination);
        section.Demand("storage");
        var raw = section.Raw("storage");
        section.Close();
        if (raw is { ValueKind: not JsonValueKind.Object } other)
            faults.Add("spec.backupSource.storage", other, "is no object; write its fields below it");
        if (raw is not { ValueKind: JsonValueKind.Object } document)
            return null;

        // By the rules of a cluster's storages, in every field.
        var reader = new FieldReader(document, "spec.backupSource.storage", StorageReader.Pattern, faults);
        var storage = StorageReader.Read(reader.Text("name", FieldChecks.StorageName) ?? UnnamedStorage, reader);
        if (destination is null || storage is null || faults.Any)
            return null;
        if (StoragePlaces.Read(destination, storage.Request) is { } backup)
            return new() { Destination = destination, Storage = storage, Backup = backup };
        section.Add("destination", $"lies in no folder of the storage, which begins at {StoragePlaces.Root(storage.Request)}");
        return null;
    }
}
