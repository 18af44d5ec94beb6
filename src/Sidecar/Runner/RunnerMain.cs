using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Sidecar.Runner.Sweeping;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>The runner from its files to its report. Whatever happens in between, there is a report.</summary>
internal sealed partial class RunnerMain(RunnerFiles files, TimeProvider time, ILogger log)
{
    private const int Done = 0;
    private const int Failed = 1;

    /// <summary>How segments are cut.</summary>
    internal SegmentPlan Plan { get; init; } = SegmentPlan.Standard;

    /// <summary>Opens the store of a request.</summary>
    internal Func<StorageRequest, IObjectStore>? OpenStore { get; init; }

    /// <summary>Changes a drill's data before its server starts; only tests do that.</summary>
    internal Action<string>? SpoilDrill { get; init; }

    /// <summary>The process's environment.</summary>
    internal Func<string, string?> Variable { get; init; } = Environment.GetEnvironmentVariable;

    /// <summary>Does what the request says, writes the report, and returns the process's exit code.</summary>
    internal async Task<int> RunAsync(CancellationToken told)
    {
        JobRequest? request = null;
        StopReason? stop = null;
        JobReport report;
        try
        {
            request = await ReadRequestAsync(told);
            stop = new StopReason(request.Deadline, time, told) { Left = request.Restore is null ? "what it had stored was removed" : "the same request again goes on where it was" };
            report = await DoAsync(request, stop.Token);
        }
        catch (Exception trouble)
        {
            var (fault, message) = trouble is OperationCanceledException && (stop?.Told ?? StopReason.Before(told)) is { } ended ? ended : JobFaultException.Read(trouble);
            LogFailed(request?.Backup.Uid, fault, message, fault == JobFault.Internal ? trouble : null);
            report = new JobReport { Uid = request?.Backup.Uid ?? "", Attempt = request?.Attempt ?? 0, Fault = fault, Message = message, LockedUntil = (trouble as ObjectStoreException)?.LockedUntil, Volume = request?.Restore is null ? null : RestoreWork.Look(request, files) };
        }

        stop?.Dispose();
        ReportWriter.Write(report, files.TerminationMessage);
        return report.Fault is null ? Done : Failed;
    }

    private async Task<JobReport> DoAsync(JobRequest request, CancellationToken cancellationToken)
    {
        LogBegan(request.Operation, request.Backup.Uid, request.Attempt);
        if (request.Restore is not null)
            return await RestoreAsync(request, cancellationToken);
        using var limit = new UploadLimit(time, request.UploadBytesPerSecond);
        var meter = new TransferMeter();
        var store = OpenStore?.Invoke(request.Storage) ?? StoreOpener.Open(request.Storage, files, time, retry => Retrying(retry, meter), limit.TakeAsync);
        var keys = request.Sealing is { } sealing ? new OwnerKeys(sealing, files.EncryptionKeys) : null;
        return request.Operation switch
        {
            JobOperation.Delete => await new RemovalWork(request, store, keys).DeleteAsync(cancellationToken),
            JobOperation.Sweep => await new RemovalWork(request, store, keys).SweepAsync(cancellationToken),
            JobOperation.Rewrap => await new RewrapWork(request, store, keys!).RunAsync(cancellationToken),
            JobOperation.Prune => await new PruneWork(request, store).RunAsync(cancellationToken),
            JobOperation.Import => await new ImportWork(request, store, keys, meter).RunAsync(cancellationToken),
            JobOperation.SweepCluster => await new ClusterSweepWork(request, store, time).RunAsync(cancellationToken),
            _ => await BackUpAsync(request, store, meter, limit, keys, cancellationToken),
        };
    }

    private async Task<JobReport> BackUpAsync(
        JobRequest request, IObjectStore store, TransferMeter meter, UploadLimit limit, OwnerKeys? keys, CancellationToken cancellationToken)
    {
        var ticket = await TicketAsync(cancellationToken);
        using var status = StatusPatcher.Create(files.ServiceAccount, StatusTarget.Of(request.Backup), Variable);
        await using var progress = new ProgressReporter(request.Attempt, meter, limit, async (seen, token) =>
        {
            LogProgress(seen.Stage, seen.Summary, seen.BytesRead, seen.BytesStored, meter.PartsAtOnce);
            if (status is null)
                return true;
            var heard = await status.TryApplyAsync(StatusTarget.Status(seen), token);
            Follow(limit, heard?.UploadBytesPerSecond);
            return heard is not null;
        }, time);
        var report = await new BackupWork(request, ticket, keys, store, meter, Plan, time, log).RunAsync(cancellationToken);
        meter.Complete();
        return report;
    }

    private async Task<JobReport> RestoreAsync(JobRequest request, CancellationToken cancellationToken)
    {
        var meter = new RestoreMeter(time);
        using var status = request.Restore!.Volume is { } volume ? StatusPatcher.Create(files.ServiceAccount, StatusTarget.Of(request.Backup, volume.Name), Variable) : null;
        await using var progress = new RestoreReporter(request, meter, async (seen, token) =>
        {
            LogRestoring(seen.Stage, seen.Summary, seen.BytesDone);
            return status is null || await status.TryApplyAsync(StatusTarget.Status(seen), token) is not null;
        }, time);
        IObjectStore Open() => OpenStore?.Invoke(request.Storage) ?? StoreOpener.Open(request.Storage, files, time, retry => LogRetrying(retry.Attempt, retry.Delay, retry.Trouble.Message));
        if (request.Operation == JobOperation.Drill)
            return await new DrillWork(request, files, Open, meter, Variable("PATH"), time, log) { Spoil = SpoilDrill }.RunAsync(cancellationToken);
        return await new RestoreWork(request, files, Open, meter, Variable("PATH"), time, log).RunAsync(cancellationToken);
    }

    // Nothing said changes nothing: the status may be older than the request.
    private void Follow(UploadLimit limit, long? said)
    {
        if (said is not { } asked || asked == (limit.BytesPerSecond ?? 0))
            return;
        LogLimited(limit.BytesPerSecond ?? 0, asked);
        limit.BytesPerSecond = asked == 0 ? null : asked;
    }

    private async Task<JobRequest> ReadRequestAsync(CancellationToken cancellationToken)
    {
        try
        {
            await using var file = File.OpenRead(files.Request);
            var request = await JsonSerializer.DeserializeAsync(file, ProtocolJson.Default.JobRequest, cancellationToken)
                ?? throw new JobFaultException(JobFault.InvalidRequest, "The request is empty.");
            return RequestFaults.Of(request) is { Count: > 0 } faults ? throw new JobFaultException(JobFault.InvalidRequest, string.Join(' ', faults)) : request;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or JsonException)
        {
            throw new JobFaultException(JobFault.InvalidRequest, $"The request {files.Request} could not be read: {trouble.Message}", trouble);
        }
    }

    private async Task<string> TicketAsync(CancellationToken cancellationToken)
    {
        try
        {
            return (await File.ReadAllTextAsync(files.Ticket, cancellationToken)).Trim();
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            throw new JobFaultException(JobFault.Internal, $"The Job's own Secret with the ticket could not be read: {trouble.Message}", trouble);
        }
    }

    private void Retrying(StoreRetry retry, TransferMeter meter)
    {
        meter.CountRepeated();
        LogRetrying(retry.Attempt, retry.Delay, retry.Trouble.Message);
    }

    [LoggerMessage(3201, LogLevel.Information, "{Operation} of backup {Uid} attempt {Attempt} began")]
    private partial void LogBegan(JobOperation operation, string uid, int attempt);

    [LoggerMessage(3202, LogLevel.Information, "{Stage}: {Summary}, {BytesRead} bytes read, {BytesStored} stored, {Parts} parts at a time")]
    private partial void LogProgress(BackupStage stage, string summary, long bytesRead, long bytesStored, int parts);

    [LoggerMessage(3206, LogLevel.Information, "{Stage}: {Summary}, {BytesDone} bytes restored")]
    private partial void LogRestoring(RestoreStage stage, string summary, long bytesDone);

    [LoggerMessage(3203, LogLevel.Warning, "The store's request failed at attempt {Attempt} and is made again after {Delay}: {Trouble}")]
    private partial void LogRetrying(int attempt, TimeSpan delay, string trouble);

    [LoggerMessage(3205, LogLevel.Information, "The upload's limit went from {Before} to {After} bytes a second; 0 is none")]
    private partial void LogLimited(long before, long after);

    [LoggerMessage(3204, LogLevel.Error, "Backup {Uid} failed as {Fault}: {Message}")]
    private partial void LogFailed(string? uid, JobFault fault, string message, Exception? exception);
}
