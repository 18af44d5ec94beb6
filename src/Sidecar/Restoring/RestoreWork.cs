using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>What a Job does for a restore, on one volume: see <c>docs/restore.md</c>.</summary>
internal sealed partial class RestoreWork(JobRequest request, RunnerFiles files, Func<IObjectStore> openStore, RestoreMeter meter, string? path, TimeProvider time, ILogger log)
{
    private readonly RestoreRequest restore = request.Restore!;

    /// <summary>Hears of every change of the volume; tests end the process there.</summary>
    internal Action<string> Reached { get; init; } = _ => { };

    /// <summary>Does it.</summary>
    internal async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        if (request.Operation == JobOperation.PlanRestore)
            return Report() with { Plan = await new PlanWork(request, files, openStore, path, time).RunAsync(cancellationToken) };
        var place = Place(request, files)!;
        using var alone = VolumeLook.DemandAlone(place);
        var journal = new VolumeJournal(place) { Reached = Reached, Began = LogStep };
        return request.Operation switch
        {
            JobOperation.UndoRestore => Undo(place, journal),
            JobOperation.ConfirmRestore => Confirm(journal),
            _ => await RestoreAsync(place, journal, cancellationToken),
        };
    }

    /// <summary>How a volume was left by a Job that failed; null when that cannot be told.</summary>
    internal static VolumeSummary? Look(JobRequest request, RunnerFiles files)
    {
        try
        {
            return Place(request, files) is { } place && request.Operation != JobOperation.PlanRestore ? Summary(request, new VolumeJournal(place).Find()) : null;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or JobFaultException)
        {
            return null;
        }
    }

    private static VolumePlace? Place(JobRequest request, RunnerFiles files) =>
        request.Restore?.Volume is { } volume ? new VolumePlace(files.DataVolume, volume.DataDirectory, request.Backup.Uid) : null;

    private static VolumeSummary Summary(JobRequest request, VolumeState? state) => new()
    {
        Volume = request.Restore!.Volume!.Name,
        Holds = state?.Holds ?? VolumeHolds.Unknown,
        PreviousKept = state is { PreviousGone: false, Step: not VolumeStep.Leaving, IsUntouched: false },
        Positions = state is { Step: VolumeStep.Switched } ? state.Positions : null,
    };

    private JobReport Undo(VolumePlace place, VolumeJournal journal)
    {
        if (journal.Find() is { IsUntouched: false })
            VolumeLook.DemandNoServer(place);
        var state = journal.Undo();
        return Report() with
        {
            Volume = Summary(request, state),
            Message = state is null ? "Nothing of this restore is on the volume, so there was nothing to undo." : "The volume holds what it held before the restore.",
        };
    }

    private JobReport Confirm(VolumeJournal journal)
    {
        var state = journal.Confirm();
        return Report() with { Volume = Summary(request, state), Message = state is null ? "Nothing of this restore is on the volume, so there was nothing to remove." : "" };
    }

    private async Task<JobReport> RestoreAsync(VolumePlace place, VolumeJournal journal, CancellationToken cancellationToken)
    {
        var before = journal.Find();
        if (before is not { Step: VolumeStep.Switched })
            VolumeLook.DemandNoServer(place);
        RemainsOfOthers.Clear(place, restore.Volume!, request.Backup.Uid);
        MadeData? made = null;
        try
        {
            var empties = request.Operation == JobOperation.EmptyVolume;
            var state = await journal.RestoreAsync(Begin(place, empties), empties ? _ => Task.FromResult<BackupPositions?>(null) : async state =>
            {
                made = await FillAsync(place, state, cancellationToken);
                return made.Positions;
            });
            return Report() with
            {
                Volume = Summary(request, state) with
                {
                    BytesDownloaded = made?.Contents.StoredBytes ?? 0,
                    BytesWritten = made?.BytesWritten ?? 0,
                    DownloadSeconds = made?.Download.TotalSeconds ?? 0,
                    PrepareSeconds = made?.Prepare.TotalSeconds ?? 0,
                },
            };
        }
        catch (Exception trouble) when (trouble is JobFaultException or ObjectStoreException)
        {
            // What failed by itself would be downloaded anew in any case, and the room may be needed.
            journal.GiveUp();
            throw;
        }
    }

    private VolumeState Begin(VolumePlace place, bool empties) => new()
    {
        Uid = request.Backup.Uid,
        Restore = $"{request.Backup.Namespace}/{request.Backup.Name}",
        Backup = restore.Source switch { { Backup: { } backup } => ObjectLayout.Root(backup), { XbCloud: { } name } => name, _ => "" },
        Step = restore.Volume!.Previous == PreviousData.DeleteFirst ? VolumeStep.Deleting : VolumeStep.Downloading,
        Previous = restore.Volume.Previous,
        PreviousGone = restore.Volume.Previous == PreviousData.DeleteFirst,
        OnlyEmpties = empties,
        Owner = VolumeLook.Owner(place),
    };

    private async Task<MadeData> FillAsync(VolumePlace place, VolumeState state, CancellationToken cancellationToken)
    {
        var made = await new FreshData(request, files, openStore, meter, path, time).MakeAsync(place.New, place.Log, cancellationToken);
        Furnisher.Furnish(place.New, state.Owner);
        LogMade(made.BytesWritten, made.Download, made.Prepare);
        return made;
    }

    private JobReport Report() => new() { Uid = request.Backup.Uid, Attempt = request.Attempt };

    [LoggerMessage(3301, LogLevel.Information, "The volume was found at the step {Step}")]
    private partial void LogStep(VolumeStep step);

    [LoggerMessage(3302, LogLevel.Information, "{Bytes} bytes were unpacked in {Download} and prepared in {Prepare}")]
    private partial void LogMade(long bytes, TimeSpan download, TimeSpan prepare);
}
