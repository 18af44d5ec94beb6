using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>What is wrong with a request as far as a restore or a drill is concerned; all of it at once.</summary>
internal static class RestoreFaults
{
    private const int LongestName = 1024;
    private const int MostQuerySeconds = 24 * 60 * 60;

    private static readonly JobOperation[] Readers = [JobOperation.PlanRestore, JobOperation.RestoreVolume, JobOperation.Drill];
    private static readonly JobOperation[] OnVolumes = [JobOperation.RestoreVolume, JobOperation.EmptyVolume, JobOperation.UndoRestore, JobOperation.ConfirmRestore];

    internal static IEnumerable<string?> Of(JobRequest request)
    {
        var (operation, restore) = (request.Operation, request.Restore);
        if (restore is null)
        {
            yield return Readers.Contains(operation) || OnVolumes.Contains(operation) ? $"restore is absent, and a {operation} needs it." : null;
            yield break;
        }

        yield return Readers.Contains(operation) || OnVolumes.Contains(operation) ? null : $"restore is present, and a {operation} has none.";
        yield return Readers.Contains(operation) && restore.Source is null ? $"restore.source is absent, and a {operation} needs it: which backup is restored." : null;
        yield return OnVolumes.Contains(operation) && restore.Volume is null ? $"restore.volume is absent, and a {operation} needs it." : null;
        yield return operation == JobOperation.Drill && restore.Drill is null ? "restore.drill is absent, and a Drill needs it." : null;
        yield return restore.Source is { } both && both.Backup is null == both.XbCloud is null ? "restore.source has to name one backup: either backup or xbCloud." : null;
        yield return restore.Source?.XbCloud is { } name && (name.Length is 0 or > LongestName || !XbStreamCheck.IsUsable(name.TrimEnd('/'))) ? "restore.source.xbCloud is no name of a backup." : null;
        if (restore.Source?.Backup is { } backup)
        {
            yield return RequestFaults.Part("restore.source.backup.namespace", backup.Namespace);
            yield return RequestFaults.Part("restore.source.backup.cluster", backup.Cluster);
            yield return RequestFaults.Part("restore.source.backup.name", backup.Name);
            yield return RequestFaults.Part("restore.source.backup.uid", backup.Uid);
        }

        if (restore.Volume is { } volume)
        {
            yield return RequestFaults.Part("restore.volume.name", volume.Name);
            yield return VolumePlace.Fault(volume);
        }

        foreach (var fault in restore.Drill is { } drill ? OfDrill(drill) : [])
            yield return fault;
    }

    private static IEnumerable<string?> OfDrill(DrillRequest drill)
    {
        yield return drill.TablesChecked < 0 ? string.Create(CultureInfo.InvariantCulture, $"restore.drill.tablesChecked is {drill.TablesChecked}; 0 is all of them.") : null;
        yield return drill.QuerySeconds is < 1 or > MostQuerySeconds
            ? string.Create(CultureInfo.InvariantCulture, $"restore.drill.querySeconds is {drill.QuerySeconds}; 1 to {MostQuerySeconds} are allowed.") : null;
        yield return drill.Queries.Count > DrillRequest.MaximumQueries
            ? string.Create(CultureInfo.InvariantCulture, $"restore.drill.queries has {drill.Queries.Count} entries; at most {DrillRequest.MaximumQueries} are allowed.") : null;
        foreach (var (index, query) in drill.Queries.Index())
        {
            yield return query.Query.Length is 0 or > DrillRequest.MaximumQueryLength || query.Expected?.Length > DrillRequest.MaximumResultLength
                ? string.Create(CultureInfo.InvariantCulture, $"restore.drill.queries[{index}] is empty, or it or its expected result is too long: at most {DrillRequest.MaximumQueryLength} and {DrillRequest.MaximumResultLength} characters.") : null;
        }
    }
}
