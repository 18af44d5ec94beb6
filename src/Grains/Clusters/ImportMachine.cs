using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters;

/// <summary>
/// An import of everything, page by page: a Job names backups that have no resource, their resources are made, and when the last of them was
/// found whole or not, the next page is looked for. Pure; the same object is answered when nothing changed. What is remembered is asked
/// for again after a crash, and asking twice finds the same Jobs and resources.
/// </summary>
internal static class ImportMachine
{
    /// <summary>How often in a row a storage is tried before it is given up.</summary>
    private const int MostFailures = 5;

    // A resource comes back by the watch within a second; when the watch is away, after its return.
    private static readonly TimeSpan Unseen = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(1);

    private static readonly JobFault[] MayPass = [JobFault.StorageUnavailable, JobFault.SecretMissing, JobFault.Internal, JobFault.Cancelled, JobFault.DeadlineExceeded];

    /// <summary>The one that is at work; null when none is.</summary>
    public static ClusterImport? Running(ClusterState state) => state is { Spec: not null, Import: { Completed: null } import } ? import : null;

    /// <summary>The owner wants one, or to see what one would find. What an earlier wish began goes on by itself.</summary>
    public static ClusterState Ask(ClusterKey key, ClusterState state, ImportWish wish, DateTimeOffset now)
    {
        if (wish.Uid != state.Uid || wish.Word.Length == 0 || wish.Word == state.ImportWord || state.Spec is not { } spec)
            return state;
        var heard = state with { ImportWord = wish.Word };
        if (!wish.Word.StartsWith(ImportWish.Acts, StringComparison.Ordinal))
            return SweepMachine.Report(key, heard, now);
        return wish.Word == wish.Done ? heard : heard with
        {
            Import = new() { Word = wish.Word, Started = now, Storages = [.. spec.Storages.Keys.Order(StringComparer.Ordinal)], Number = state.Import?.Number ?? 0 },
        };
    }

    /// <summary>Time went by, or something ended: the next page is looked for when nothing is left of this one.</summary>
    public static ClusterState Tick(ClusterKey key, ClusterState state, DateTimeOffset now)
    {
        if (Running(state) is not { } import)
            return state;
        if (import.Job is not null && now > import.Asked + SweepMachine.JobDeadline + Grace)
            return Tick(key, Fail(state, import, Reasons.DeadlineExceeded, "Nothing was heard of the Job within its time.", now, mayPass: true), now);
        if (import.Job is not null || import.Owed.Count > 0 || import.Open.Count > 0 || now < import.RetryAt)
            return state;
        if (import.IsLastPage)
            import = NextStorage(import);
        if (import.Storages is not [var storage, ..])
            return state with { Import = import with { Completed = now } };
        if (!state.Spec!.Storages.ContainsKey(storage))
            return Tick(key, state with { Import = NextStorage(import) }, now);
        var number = Math.Max(import.Number + 1, (int)(now.ToUnixTimeSeconds() / 60));
        return state with { Import = import with { Number = number, Job = JobNames.ForImport(key.Name, state.Uid, storage, number), Asked = now, RetryAt = null } };
    }

    /// <summary>What of the catalogue the Job is to compare; null when its storage is gone.</summary>
    public static StockInquiry? Inquiry(ClusterState state, ClusterImport import) => SweepMachine.Inquiry(state.Spec!, import.Storages[0], import.After, import.Asked);

    /// <summary>The Job that is wanted.</summary>
    public static JobOrder? Order(ClusterKey key, ClusterState state, ClusterImport import, StockRequest stock) =>
        SweepMachine.Order(key, state, state.Spec!, new() { Storage = import.Storages[0], Due = import.Asked, Number = import.Number, Job = import.Job, Asked = import.Asked, OnlyReports = true }, stock with { Pages = true });

    /// <summary>A Job of ours was seen.</summary>
    public static ClusterState Observe(ClusterState state, JobSighting sighting, DateTimeOffset now, bool looked)
    {
        if (Running(state) is not { } import || import.Job != sighting.Job)
            return state;
        if (sighting.Report is { } report && report.Uid == state.Uid && report.Attempt == import.Number)
            return End(state, import, report, now);
        return sighting.State switch
        {
            _ when now - import.Asked <= Settling => state,
            JobState.Missing => Fail(state, import, Reasons.JobLost, "The Job is gone without a report.", now, mayPass: true),
            JobState.Complete or JobState.Failed when looked => Fail(state, import, sighting.DeadlineExceeded ? Reasons.DeadlineExceeded : Reasons.JobLost, sighting.Trouble ?? "The Job ended without a report.", now, mayPass: true),
            _ => state,
        };
    }

    /// <summary>The resources that are to be made.</summary>
    public static IEnumerable<ImportOrder> Orders(ClusterKey key, ClusterState state) =>
        Running(state) is not { } import ? [] : import.Owed.Select(stored => new ImportOrder
        {
            Cluster = key,
            StorageName = import.Storages[0],
            Folder = BackupFolder.Read(stored.Folder)!,

            // Whoever can write to the bucket wrote it: what is no name of a schedule is left out.
            Schedule = stored.Schedule is { } schedule && Rfc1123.IsLabel(schedule) ? schedule : null,
            Due = stored.Due,
        });

    /// <summary>A resource was made, or was there: then its name is null, where nothing has to be waited for.</summary>
    public static ClusterState Made(ClusterState state, BackupFolder folder, string? name, DateTimeOffset now)
    {
        if (Running(state) is not { } import)
            return state;
        var text = folder.ToString();
        return state with
        {
            Import = import with
            {
                Owed = [.. import.Owed.Where(stored => stored.Folder != text)],
                Open = name is null ? import.Open : [.. import.Open, new(name, text, now)],
                Found = name is null ? import.Found : import.Found + 1,
                Trouble = "",
            },
        };
    }

    /// <summary>The API server does not take a resource. It is asked again.</summary>
    public static ClusterState Hindered(ClusterState state, string message) =>
        Running(state) is not { } import || import.Trouble == message ? state : state with { Import = import with { Trouble = message } };

    /// <summary>A backup ended.</summary>
    public static ClusterState Record(ClusterState state, BackupEnd end)
    {
        if (Running(state) is not { } import || import.Open.FirstOrDefault(open => open.Name == end.Backup.Name) is not { } open || !end.Phase.IsFinal())
            return state;
        var imported = end.Phase == BackupPhase.Succeeded && end.Facts?.ImportedFrom?.ToString() == open.Folder;
        return state with { Import = imported ? import with { Open = Without(import, open), Imported = import.Imported + 1 } : Refuse(import, open, end.Reason, end.Message) };
    }

    /// <summary>Nothing is known of a resource that was made a while ago.</summary>
    public static ClusterState Lose(ClusterState state, OpenImport open, DateTimeOffset now) =>
        Running(state) is { } import && now - open.Asked > Unseen ? state with { Import = Refuse(import, open, Reasons.JobLost, "Its resource is gone.") } : state;

    /// <summary>What the owner is shown.</summary>
    public static ImportStatus? Status(ClusterState state) => state.Import is not { } import ? null : new()
    {
        Word = import.Word,
        Started = import.Started,
        Completed = import.Completed,
        Found = import.Found,
        Imported = import.Imported,
        Refused = import.Refused,
        Refusals = import.Refusals,
        Reason = Wrong(import) is not [] || import.Refused > 0 ? Reasons.ImportFailed : "",
        Message = Wrong(import) is not [] and var wrong ? string.Join(' ', wrong) : Words(import),
    };

    /// <summary>An event when one came to its end.</summary>
    public static IEnumerable<ResourceEvent> Events(ClusterKey key, ClusterState before, ClusterState next, DateTimeOffset now)
    {
        if (next.Import is not { Completed: not null } import || (before.Import is { Completed: not null } known && known.Word == import.Word && before.Uid == next.Uid))
            yield break;
        var failed = Wrong(import) is not [] || import.Refused > 0;
        yield return new()
        {
            Kind = "MySQLCluster",
            Member = key.Member.Name,
            Namespace = key.Namespace,
            Name = key.Name,
            Uid = next.Uid,
            Warning = failed,
            Reason = failed ? Reasons.ImportFailed : Reasons.Imported,
            Action = "Import",
            Message = string.Join(' ', [Words(import), .. Wrong(import)]),
            Time = now,
        };
    }

    private static List<string> Wrong(ClusterImport import) => [.. import.Trouble.Length > 0 ? [import.Trouble] : Array.Empty<string>(), .. import.GivenUp];

    private static string Words(ClusterImport import) => string.Create(
        CultureInfo.InvariantCulture, $"{import.Found} backups without a resource were found, {import.Imported} of them imported, {import.Refused} not{(import.Completed is null ? $"; {import.Open.Count + import.Owed.Count} are at it" : "")}.");

    private static ClusterState End(ClusterState state, ClusterImport import, JobReport report, DateTimeOffset now)
    {
        if (report.Fault is { } fault)
            return Fail(state, import, fault.ToString(), report.Message, now, MayPass.Contains(fault));
        if (report.Sweep?.Stock is not { } stock)
            return Fail(state, import, nameof(JobFault.InvalidRequest), "The runner's image is older than the control plane, and cannot compare.", now, mayPass: false);

        // Whoever says twice that he came no further would go on for ever.
        var next = stock.Next is { } after && StockRequest.Order(after, import.After) > 0 ? after : null;
        return state with
        {
            Import = import with
            {
                Job = null,
                FailuresByStorage = Without(import.FailuresByStorage, import.Storages[0]),
                Trouble = "",
                Owed = [.. stock.Offers.Where(stored => BackupFolder.Read(stored.Folder) is not null)],
                After = next ?? "",
                IsLastPage = next is null,
            },
        };
    }

    // What cannot be read may be so for long, and the others wait for nothing that it could tell. Once all have failed equally often, there is a pause.
    private static ClusterState Fail(ClusterState state, ClusterImport import, string reason, string message, DateTimeOffset now, bool mayPass)
    {
        var storage = import.Storages[0];
        var failures = import.FailuresByStorage.GetValueOrDefault(storage) + 1;
        var trouble = $"Storage '{storage}' could not be looked through ({reason}): {message}";
        if (!mayPass || failures == MostFailures)
            return state with { Import = NextStorage(import) with { Job = null, FailuresByStorage = Without(import.FailuresByStorage, storage), GivenUp = [.. import.GivenUp, trouble], Trouble = "" } };

        // The last one goes on where it was; one that comes back later begins anew, and finds what has its resource already no more.
        var next = import.Storages.Count == 1 ? import : NextStorage(import) with { Storages = [.. import.Storages.Skip(1), storage] };
        next = next with { Job = null, FailuresByStorage = new Dictionary<string, int>(import.FailuresByStorage) { [storage] = failures }, Trouble = trouble };
        var pauses = next.FailuresByStorage.GetValueOrDefault(next.Storages[0]) == failures;
        return state with { Import = next with { RetryAt = pauses ? now + (FirstRetry * Math.Pow(2, failures - 1)) : null } };
    }

    private static ClusterImport NextStorage(ClusterImport import) =>
        import with { Storages = [.. import.Storages.Skip(1)], After = "", IsLastPage = false, RetryAt = null };

    private static Dictionary<string, int> Without(IReadOnlyDictionary<string, int> failures, string storage) =>
        failures.Where(one => one.Key != storage).ToDictionary();

    private static ClusterImport Refuse(ClusterImport import, OpenImport open, string reason, string message) => import with
    {
        Open = Without(import, open),
        Refused = import.Refused + 1,
        Refusals = [.. import.Refusals.Append(new(open.Name, open.Folder, reason, message)).TakeLast(ImportStatus.MaximumRefusals)],
    };

    private static IReadOnlyList<OpenImport> Without(ClusterImport import, OpenImport open) => [.. import.Open.Where(one => one != open)];
}
