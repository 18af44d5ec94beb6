using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>
/// Removes the backups that retention gave up, one after another. Each goes with its manifest first, so that one which is cut short is no
/// backup any more, and only remains of one. Those that are gone already are done at once, so a repeat goes on where the last one ended.
/// </summary>
internal sealed class PruneWork(JobRequest request, IObjectStore store)
{
    private readonly PruneRequest prune = request.Prune ?? throw new JobFaultException(JobFault.InvalidRequest, "A Prune request has no list of backups.");
    private readonly List<Failure> failures = [];

    /// <summary>Does it.</summary>
    internal async Task<JobReport> RunAsync(CancellationToken cancellationToken)
    {
        var objects = 0L;
        foreach (var (index, backup) in prune.Backups.Index())
        {
            // A store that is away or not there is so for all of them, and each would wait for it anew.
            if (failures is [.., { EndsAll: true } last])
                failures.Add(last with { Index = index });
            else
                objects += await RemoveAsync(index, backup, cancellationToken);
        }

        var report = new JobReport
        {
            Uid = request.Backup.Uid,
            Attempt = request.Attempt,
            ObjectsRemoved = objects,
            Message = Words(objects),
            Prune = new() { Failures = [.. failures.GroupBy(failure => failure.Fault).Select(Together)] },
        };
        return failures is [var first, ..] ? report with { Fault = first.Fault, Message = $"{report.Message} {prune.Backups[first.Index].Name}: {first.Message}" } : report;
    }

    private async Task<long> RemoveAsync(int index, PrunedBackup backup, CancellationToken cancellationToken)
    {
        try
        {
            var root = ObjectLayout.Root(request.Backup with { Name = backup.Name, Uid = backup.Uid });
            return await new StoreRemover(store, root).RemoveAllAsync(cancellationToken);
        }
        catch (Exception trouble) when (trouble is ObjectStoreException or JobFaultException)
        {
            var (fault, message) = JobFaultException.Read(trouble);
            var endsAll = trouble is ObjectStoreException { Fault: ObjectStoreFault.Transient or ObjectStoreFault.NoBucket };
            failures.Add(new(index, fault, message, (trouble as ObjectStoreException)?.LockedUntil, endsAll));
            return 0;
        }
    }

    private string Words(long objects) => string.Create(
        CultureInfo.InvariantCulture, $"Removed {prune.Backups.Count - failures.Count} of {prune.Backups.Count} backups, {objects} objects.");

    private static PruneFailure Together(IGrouping<JobFault, Failure> alike) => new()
    {
        Fault = alike.Key,
        Backups = [.. alike.Select(failure => failure.Index)],
        LockedUntil = alike.Min(failure => failure.LockedUntil),
    };

    private sealed record Failure(int Index, JobFault Fault, string Message, DateTimeOffset? LockedUntil, bool EndsAll);
}
