using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Looks at the backup, the tool and the volume, and says all that it finds at once. It writes nothing anywhere.</summary>
internal sealed class PlanWork(JobRequest request, RunnerFiles files, Func<IObjectStore> openStore, string? path, TimeProvider time)
{
    private readonly RestoreRequest restore = request.Restore!;
    private readonly Findings found = new();

    /// <summary>Does it.</summary>
    internal async Task<RestorePlan> RunAsync(CancellationToken cancellationToken)
    {
        var contents = await LookAtBackupAsync(cancellationToken);
        var place = restore.Volume is { } volume ? new VolumePlace(files.DataVolume, volume.DataDirectory, request.Backup.Uid) : null;
        var target = Target(place);
        var engine = contents?.Engine ?? target.Engine;
        var tool = engine == BackupEngine.Auto ? null : RestoreTool.Find(engine, path, time);
        var toolVersion = tool is null ? null : await tool.VersionAsync(cancellationToken);
        if (contents is not null)
            found.Add(VersionFit.Of(engine, contents.Positions, toolVersion, target));
        var needed = contents is null ? 0 : RoomPlan.Needed(contents.StreamBytes);
        var seen = place is null ? null : LookAtVolume(place, needed, contents is not null);
        found.Warn(RestoreWarning.AccountsOfBackup, "Accounts and passwords will be those of the backup.");
        if (contents is not null && contents.Positions?.GtidExecuted is null)
            found.Warn(RestoreWarning.NoGtid, "The backup has no GTID set, so that the server's position cannot be compared after the restore.");
        if (contents?.Strangers is { Count: > 0 } strangers)
            found.Warn(RestoreWarning.StrangersPassedOver, string.Create(CultureInfo.InvariantCulture, $"{strangers.Count} objects beside the backup are none of its own and are passed over, among them {strangers.First[0]}."));
        return new RestorePlan
        {
            Engine = contents?.Engine,
            Positions = contents?.Positions,
            EncryptionKeyId = contents?.EncryptionKeyId,
            ToolVersion = toolVersion,
            BytesToDownload = contents?.StoredBytes ?? 0,
            BytesNeeded = needed,
            Volume = seen,
            Blockers = found.Blockers,
            Warnings = found.Warnings,
        };
    }

    // What the plane knows of the target comes first; what lies on the volume is older than a server that runs.
    private RestoreTarget Target(VolumePlace? place) => place is null ? restore.Target : new RestoreTarget
    {
        Engine = restore.Target.Engine != BackupEngine.Auto ? restore.Target.Engine : VolumeLook.Engine(place.Data),
        ServerVersion = restore.Target.ServerVersion ?? VolumeLook.ServerVersion(place.Data),
    };

    private async Task<BackupContents?> LookAtBackupAsync(CancellationToken cancellationToken)
    {
        try
        {
            using var source = await Backups.OpenAsync(openStore(), request, files, cancellationToken);
            return source.Contents;
        }
        catch (Exception trouble) when (trouble is JobFaultException or ObjectStoreException)
        {
            var (fault, message) = JobFaultException.Read(trouble);
            found.Block(fault, message);
            return null;
        }
    }

    private VolumePlan LookAtVolume(VolumePlace place, long needed, bool knowsNeed)
    {
        var (available, present) = (VolumeLook.Available(place), VolumeLook.BytesOf(place.Data));
        var previous = RoomPlan.Of(restore.Volume!.Keep, available, present, needed);
        var remains = RemainsOfOthers.Find(place, restore.Volume, request.Backup.Uid);
        if (knowsNeed && previous is null)
        {
            found.Block(JobFault.VolumeFull, string.Create(
                CultureInfo.InvariantCulture, $"The volume has {available} bytes free and {present} of data, and the restore needs {needed}{(restore.Volume.Keep == KeepPrevious.Always ? " beside the data" : "")}."));
        }

        if (remains is not null)
            found.Block(JobFault.VolumeTaken, $"The restore with the UID {remains} is unfinished on this volume, or its previous data lie there: confirm it or undo it first.");
        if (previous == PreviousData.DeleteFirst && present > 0)
            found.Warn(RestoreWarning.PreviousDeletedFirst, "There is no room for both: the present data are deleted before the download, and there is no way back to them.");
        if (previous == PreviousData.DropAfterwards)
            found.Warn(RestoreWarning.PreviousNotKept, "The present data are removed after the restore, as asked.");
        var owner = Posix.Look(Directory.Exists(place.Data) ? place.Data : place.Root);
        return new VolumePlan
        {
            BytesAvailable = available,
            BytesOfData = present,
            Previous = knowsNeed ? previous : null,
            OwnerId = owner.Owner,
            GroupId = owner.Group,
            Mode = VolumeLook.Text(owner.Mode),
            ServerVersion = VolumeLook.ServerVersion(place.Data),
            RemainsOf = remains,
        };
    }
}
