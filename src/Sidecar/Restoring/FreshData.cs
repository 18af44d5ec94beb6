using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Makes a data directory of a backup in an empty folder: download, unpack, prepare.</summary>
internal sealed class FreshData(JobRequest request, RunnerFiles files, Func<IObjectStore> openStore, RestoreMeter meter, string? path, TimeProvider time)
{
    /// <summary>Makes it. Whatever is wrong with the backup, the tool or the room is told by the exception.</summary>
    internal async Task<MadeData> MakeAsync(string folder, string logPath, CancellationToken cancellationToken)
    {
        meter.Begin(RestoreStage.Downloading);
        using var source = await Backups.OpenAsync(openStore(), request, files, cancellationToken);
        var contents = source.Contents;
        var tool = await ToolAsync(contents, cancellationToken);
        if (RoomPlan.Needed(contents.StreamBytes) is var needed && new DriveInfo(folder).AvailableFreeSpace is var available && available < needed)
            throw new JobFaultException(JobFault.VolumeFull, string.Create(CultureInfo.InvariantCulture, $"The volume has {available} bytes free, and the restore needs {needed}."));
        meter.BytesExpected = contents.StreamBytes;
        var written = await UnpackAsync(source, folder, cancellationToken);
        var download = meter.Begin(RestoreStage.Preparing);
        var positions = await tool.PrepareAsync(folder, logPath, contents.Positions, cancellationToken);
        return new MadeData(contents, positions, written, download, meter.Begin(RestoreStage.Switching));
    }

    private async Task<long> UnpackAsync(IBackupSource source, string folder, CancellationToken cancellationToken)
    {
        try
        {
            await using var writer = new TreeWriter(folder, meter.Count);
            await source.WriteToAsync(writer, cancellationToken);
            writer.Complete();
            return writer.Taken;
        }
        catch (IOException trouble) when (Posix.MeansFull(trouble))
        {
            throw new JobFaultException(JobFault.VolumeFull, $"The volume was full before the backup was unpacked: {trouble.Message}.", trouble);
        }
    }

    private async Task<RestoreTool> ToolAsync(BackupContents contents, CancellationToken cancellationToken)
    {
        var target = request.Restore!.Target;
        var engine = contents.Engine ?? target.Engine;
        var tool = engine == BackupEngine.Auto ? null : RestoreTool.Find(engine, path, time);
        var fit = VersionFit.Of(engine, contents.Positions, tool is null ? null : await tool.VersionAsync(cancellationToken), target);
        return fit.Blockers is [var first, ..]
            ? throw new JobFaultException(first.Fault, first.Message)
            : tool ?? throw new JobFaultException(JobFault.VersionMismatch, "Nothing says which tool made the backup; set the target's spec.engine.");
    }
}

/// <summary>A data directory that was made of a backup.</summary>
/// <param name="Contents">The backup.</param>
/// <param name="Positions">The versions and positions of the data.</param>
/// <param name="BytesWritten">Bytes of the stream.</param>
/// <param name="Download">How long the download took.</param>
/// <param name="Prepare">How long preparing took.</param>
internal sealed record MadeData(BackupContents Contents, BackupPositions Positions, long BytesWritten, TimeSpan Download, TimeSpan Prepare);
