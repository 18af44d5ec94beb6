using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;
using MySqlConnector;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>Proves that a backup restores: makes a data directory of it on a volume of the Job's own, starts a server, and looks at what it holds.</summary>
internal sealed partial class DrillWork(JobRequest request, RunnerFiles files, Func<IObjectStore> openStore, RestoreMeter meter, string? path, TimeProvider time, ILogger log)
{
    /// <summary>Changes the data before the server starts; only tests do that.</summary>
    internal Action<string>? Spoil { get; init; }

    /// <summary>Does it.</summary>
    internal async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        var place = new DrillPlace(Path.Combine(files.DataVolume, Path.GetFileName(DrillFiles.Folder)));
        if (Directory.Exists(place.Root))
            Directory.Delete(place.Root, recursive: true);
        foreach (var folder in new[] { place.Root, place.Data, place.Run })
            Directory.CreateDirectory(folder);
        try
        {
            return await RunAsync(place, cancellationToken);
        }
        finally
        {
            // Whoever waits for the order to start a server need not wait any more.
            await File.WriteAllTextAsync(Path.Combine(place.Root, DrillFiles.End), "", CancellationToken.None);
        }
    }

    private async Task<JobReport> RunAsync(DrillPlace place, CancellationToken cancellationToken)
    {
        var made = await new FreshData(request, files, openStore, meter, path, time).MakeAsync(place.Data, Path.Combine(place.Root, "prepare.log"), cancellationToken);
        LogMade(made.BytesWritten, made.Download, made.Prepare);
        Spoil?.Invoke(place.Data);
        var summary = new DrillSummary
        {
            BytesDownloaded = made.Contents.StoredBytes,
            BytesOfData = VolumeLook.BytesOf(place.Data),
            DownloadSeconds = made.Download.TotalSeconds,
            PrepareSeconds = made.Prepare.TotalSeconds,
        };
        meter.Begin(RestoreStage.Checking);
        return Report(await LookAsync(place, made, summary, cancellationToken));
    }

    private async Task<DrillSummary> LookAsync(DrillPlace place, MadeData made, DrillSummary summary, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        await using var server = new DrillServer(place, DrillServer.Find(path), time);
        try
        {
            await using var connection = await server.StartAsync(cancellationToken);
            var started = time.GetElapsedTime(began);
            var checks = new DrillChecks(connection, request.Restore!.Drill!, request.Backup.Uid);
            var seen = await checks.RunAsync(made, cancellationToken);
            LogLooked(seen.TablesChecked, seen.Rows, seen.Faults, time.GetElapsedTime(began) - started);
            return seen with
            {
                BytesDownloaded = summary.BytesDownloaded,
                BytesOfData = summary.BytesOfData,
                DownloadSeconds = summary.DownloadSeconds,
                PrepareSeconds = summary.PrepareSeconds,
                StartSeconds = started.TotalSeconds,
                CheckSeconds = (time.GetElapsedTime(began) - started).TotalSeconds,
            };
        }
        catch (JobFaultException trouble) when (trouble.Fault == JobFault.DrillFailed)
        {
            return summary with { Faults = 1, Findings = [DrillChecks.Cut(trouble.Message), DrillChecks.Cut(server.LastWords())] };
        }
        catch (MySqlException trouble)
        {
            return summary with { Faults = 1, Findings = [DrillChecks.Cut($"The server does not answer: {trouble.Message}"), DrillChecks.Cut(server.LastWords())] };
        }
    }

    private JobReport Report(DrillSummary summary) => new()
    {
        Uid = request.Backup.Uid,
        Attempt = request.Attempt,
        Fault = summary.Faults > 0 ? JobFault.DrillFailed : null,
        Message = summary.Faults > 0 ? summary.Findings[0] : "",
        Drill = summary,
    };

    [LoggerMessage(3303, LogLevel.Information, "{Bytes} bytes were unpacked in {Download} and prepared in {Prepare}")]
    private partial void LogMade(long bytes, TimeSpan download, TimeSpan prepare);

    [LoggerMessage(3304, LogLevel.Information, "{Tables} tables were checked and {Rows} rows counted with {Faults} findings in {Elapsed}")]
    private partial void LogLooked(int tables, long rows, int faults, TimeSpan elapsed);
}
