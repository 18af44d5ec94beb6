using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Sidecar.Runner.Sealing;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Takes one backup: stream, segments, read-back, manifest. In this order, and the manifest only after all the others.</summary>
internal sealed partial class BackupWork(
    JobRequest request, string ticket, OwnerKeys? keys, IObjectStore store, TransferMeter meter, SegmentPlan plan, TimeProvider time, ILogger log)
{
    private static readonly TimeSpan CleaningLimit = TimeSpan.FromSeconds(18);

    private readonly string root = ObjectLayout.Root(request.Backup);
    private readonly ManifestStore manifests = new(store, request.Backup);
    private readonly StoreChecker checker = new(store, ObjectLayout.Root(request.Backup), meter, request.ReadBack);
    private readonly StoreRemover remover = new(store, ObjectLayout.Root(request.Backup));

    /// <summary>
    /// Does it. When it throws before the manifest was sent, nothing of this attempt is left in the store, as far as the store let it.
    /// Afterwards the backup may be good although nobody was told, so its segments stay: the next attempt finds the manifest and confirms it.
    /// </summary>
    internal async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        // First of all, so that a key that is missing or is none is said before a byte has moved.
        using var seal = BackupSeal.Begin(request, keys);

        // An earlier attempt may have committed and not been heard: then there is nothing to do but to say so.
        if (await manifests.FindAsync(cancellationToken) is { } earlier)
            return await ConfirmAsync(earlier, cancellationToken);
        var mayBeCommitted = false;
        try
        {
            var (taken, sent) = await TakeAsync(seal, cancellationToken);
            meter.BeginChecking();
            var ours = taken with { Segments = await checker.DescribeAsync(sent, cancellationToken) };
            var bytes = seal?.Seal(ManifestStore.Bytes(ours)) ?? ManifestStore.Bytes(ours);
            mayBeCommitted = true;
            var committed = await manifests.CommitAsync(bytes, cancellationToken);
            if (!committed.AsSpan().SequenceEqual(bytes))
                return await ConfirmAsync(committed, cancellationToken);
            LogCommitted(request.Backup.Uid, request.Attempt, ours.Stream.SizeBytes, ours.Segments.Count);
            await TidyAsync(ours);
            return Report(ours, bytes);
        }
        catch when (!mayBeCommitted)
        {
            await ClearAsync();
            throw;
        }
    }

    private async Task<(BackupManifest Taken, IReadOnlyList<StoredSegment> Sent)> TakeAsync(BackupSeal? seal, CancellationToken cancellationToken)
    {
        var source = request.Source ?? throw new JobFaultException(JobFault.InvalidRequest, "A Backup request has no source.");
        using var agent = new AgentClient(source, request.Backup.Uid, ticket, time);
        var started = time.GetUtcNow();
        using var response = await agent.BeginAsync(
            new AgentRunRequest { Attempt = request.Attempt, Engine = source.Engine, ToolArguments = source.ToolArguments }, cancellationToken);
        meter.BytesExpected = (await agent.ViewAsync(cancellationToken))?.BytesExpected;
        await using var stream = new SourceStream(await response.Content.ReadAsStreamAsync(cancellationToken), source.Pod);
        var target = new StreamTarget(store, root, request.Attempt, plan, meter, request.ReadBack);
        var storer = new StreamStorer(target, request.Compression, FlowPlan.OfThisProcess(request.Compression), time, seal);
        var watch = new SourceWatch(async token => await agent.ResultAsync(token) is not null, meter, source.Pod, time);
        var sent = await watch.DuringAsync(token => storer.StoreAsync(stream, token), cancellationToken);
        var result = await ResultAsync(agent, source, cancellationToken);
        if (stream.Objection is { } objection)
            throw new JobFaultException(JobFault.ToolFailed, $"Pod {source.Pod}: the tool said that it completed, but {objection}.");
        var taken = new BackupManifest
        {
            Version = seal is null ? 1 : BackupManifest.SealedVersion,
            Backup = request.Backup,
            Engine = result.Engine,
            Positions = result.Positions,
            SourcePod = source.Pod,
            Schedule = request.Schedule,
            Due = request.Due,
            Started = started,
            Completed = time.GetUtcNow(),
            Codec = request.Compression.Codec,
            Sealing = seal?.Description,
            Stream = new StreamDescription { SizeBytes = meter.BytesRead },
            Segments = [],
        };
        return (taken, sent);
    }

    // However much arrived: without the agent's word that this was all, it is no backup.
    private async Task<AgentRunView> ResultAsync(AgentClient agent, SourceRequest source, CancellationToken cancellationToken)
    {
        if (await agent.ResultAsync(cancellationToken) is not { Phase: not AgentRunPhase.Running } result || result.Attempt != request.Attempt)
            throw new JobFaultException(JobFault.StreamBroken, $"The stream from Pod {source.Pod} ended without the agent's word that it was complete.");
        if (result.Phase != AgentRunPhase.Succeeded)
            throw new JobFaultException(result.Fault ?? JobFault.ToolFailed, $"Pod {source.Pod}: {result.Message}");
        if (result.BytesRead != meter.BytesRead || meter.BytesRead == 0)
        {
            throw new JobFaultException(JobFault.StreamBroken, string.Create(
                CultureInfo.InvariantCulture, $"Pod {source.Pod} sent {result.BytesRead} bytes and {meter.BytesRead} arrived."));
        }

        return result;
    }

    // Whatever another attempt committed is the backup, once it was seen to be whole; this attempt's own objects are then remains.
    private async Task<JobReport> ConfirmAsync(byte[] bytes, CancellationToken cancellationToken)
    {
        var manifest = manifests.Read(bytes, keys);
        meter.BeginChecking();
        await checker.CheckAsync(manifest.Segments, cancellationToken);
        LogConfirmed(request.Backup.Uid, request.Attempt);
        await TidyAsync(manifest);
        return Report(manifest, bytes);
    }

    // The backup is good whether or not this succeeds, so trouble here is told and does not fail it.
    private async Task TidyAsync(BackupManifest manifest)
    {
        var kept = manifest.Segments.Select(segment => root + segment.Key).Append(root + ObjectLayout.Manifest).ToHashSet(StringComparer.Ordinal);
        await TryAsync(token => remover.RemoveAsync(root, key => !kept.Contains(key), token));
    }

    private Task ClearAsync()
    {
        var own = root + ObjectLayout.Attempt(request.Attempt);
        return TryAsync(token => remover.RemoveAsync(own, _ => true, token));
    }

    private async Task TryAsync(Func<CancellationToken, Task<long>> removal)
    {
        using var limit = new CancellationTokenSource(CleaningLimit, time);
        try
        {
            if (await removal(limit.Token) is > 0 and var removed)
                LogRemoved(request.Backup.Uid, removed);
        }
        catch (Exception trouble) when (trouble is ObjectStoreException or OperationCanceledException)
        {
            LogNotRemoved(request.Backup.Uid, trouble.Message);
        }
    }

    private JobReport Report(BackupManifest manifest, byte[] bytes) => new()
    {
        Uid = request.Backup.Uid,
        Attempt = request.Attempt,
        Summary = ManifestStore.Summary(manifest, bytes),
    };

    [LoggerMessage(3101, LogLevel.Information, "Backup {Uid} attempt {Attempt} was committed: {Bytes} bytes in {Segments} segments")]
    private partial void LogCommitted(string uid, int attempt, long bytes, int segments);

    [LoggerMessage(3102, LogLevel.Information, "Backup {Uid} had been committed before attempt {Attempt}; it was read back and is whole")]
    private partial void LogConfirmed(string uid, int attempt);

    [LoggerMessage(3103, LogLevel.Information, "Remains of backup {Uid} were removed: {Objects} objects")]
    private partial void LogRemoved(string uid, long objects);

    [LoggerMessage(3104, LogLevel.Warning, "Remains of backup {Uid} could not be removed: {Trouble}")]
    private partial void LogNotRemoved(string uid, string trouble);
}
