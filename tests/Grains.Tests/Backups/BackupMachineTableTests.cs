using System.Reflection;
using System.Text;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Backups;

/// <summary>
/// Every state against every event: the table beside this file says what comes of it. A pair that nobody thought of is a line that
/// nobody wrote.
/// </summary>
public sealed class BackupMachineTableTests
{
    private static readonly Dictionary<string, Func<Life>> States = new()
    {
        ["Nothing"] = () => new(),
        ["Asking"] = Life.Asking,
        ["Choosing"] = Life.Choosing,
        ["Starting"] = Life.Starting,
        ["Running"] = Life.Running,
        ["Checking"] = Life.Checking,
        ["Clearing"] = Life.Clearing,
        ["Stopping"] = Life.Stopping,
        ["Sweeping"] = Life.Sweeping,
        ["Succeeded"] = () => Life.Succeeded().Report(),
        ["Cancelled"] = () => Life.Cancelled().Report(),
        ["FailedSweeping"] = Life.FailedSweeping,
        ["Failed"] = Life.Failed,
        ["Removing"] = Life.Removing,
        ["RemovalFailed"] = Life.RemovalFailed,
        ["Releasing"] = Life.Releasing,
        ["Released"] = Life.Released,
        ["Forgetting"] = Life.Forgetting,
        ["Sealed"] = Life.Sealed,
        ["Rewrapping"] = Life.Rewrapping,
        ["RewrapFailed"] = Life.RewrapFailed,
        ["StoppingRewrap"] = Life.StoppingRewrap,
        ["Expiring"] = Life.Expiring,
        ["Pruned"] = Life.Pruned,
        ["Importing"] = Life.Importing,
        ["Imported"] = Life.Imported,
        ["ImportFailed"] = Life.ImportFailed,
    };

    private static readonly Dictionary<string, Func<Life, Life>> Events = new()
    {
        ["applied again"] = life => life.Apply(Wish(life, life.State.Generation) with { Cancelled = life.State.Spec?.Cancelled ?? false }),
        ["applied, changed"] = life => life.Apply(Wish(life) with { StorageName = "elsewhere" }),
        ["applied, cancelled"] = life => life.Apply(Wish(life) with { Cancelled = true }),
        ["applied, another key"] = life => life.Apply(Wish(life) with { EncryptionKey = "key-3" }),
        ["applied, the old key"] = life => life.Apply(Wish(life) with { EncryptionKey = "key-1" }),
        ["deleted with its data"] = life => life.Apply(Wish(life) with { Deleting = true }),
        ["deleted without"] = life => life.Apply(Wish(life) with { Deleting = true, DeletesData = false }),
        ["applied, older"] = life => life.Apply(Samples.Spec(generation: 0)),
        ["applied, a namesake"] = life => life.Apply(Samples.Spec(Samples.OtherUid) with { Created = Samples.Start.AddMinutes(5) }),
        ["applied, a forefather"] = life => life.Apply(Samples.Spec(Samples.OtherUid) with { Created = Samples.Start.AddMinutes(-5) }),
        ["refused"] = life => life.Hear(new BackupEvent.Refused(new() { Uid = Samples.Uid, Generation = 4, Faults = ["spec.type: 'odd' is no type."] })),
        ["gone"] = life => life.Gone(),
        ["another is gone"] = life => life.Hear(new BackupEvent.ResourceGone(Samples.OtherUid)),
        ["admitted"] = life => life.Admit(),
        ["told of a limit"] = life => life.Hear(new BackupEvent.Followed(new() { Uid = Samples.Uid, Cluster = Samples.ClusterSpec(2).With(Samples.Storage() with { UploadBytesPerSecond = 1 << 20 }) })),
        ["told to wait"] = life => life.Hear(new BackupEvent.ToldToWait(new() { Uid = Samples.Uid, Reason = Reasons.BackupRunning, Message = "Waits." })),
        ["told never"] = life => life.Hear(new BackupEvent.ToldToWait(new() { Uid = Samples.Uid, Reason = Reasons.StorageNotFound, Message = "None.", Patience = TimeSpan.Zero })),
        ["a source was seen"] = life => life.After(TimeSpan.FromMinutes(1)).Survey(),
        ["no source was seen"] = life => life.Hear(new BackupEvent.Surveyed(Samples.Survey())),
        ["Job pending"] = life => life.See(JobState.Pending),
        ["Job active"] = life => life.See(JobState.Active),
        ["Job checks"] = life => life.See(JobState.Active, stage: BackupStage.Checking),
        ["Job succeeded"] = life => life.See(JobState.Complete, report: Samples.Success()),
        ["Job: source unavailable"] = life => life.Fault(JobFault.SourceUnavailable),
        ["Job: storage denied"] = life => life.Fault(JobFault.StorageDenied),
        ["Job missing"] = life => life.See(JobState.Missing),
        ["Job missing for long"] = life => life.Lose(),
        ["Job succeeded, and gone"] = life => life.Hear(new BackupEvent.JobSeen(Samples.Sighting(JobState.Complete, report: Samples.Success()) with { ResourceGone = true })),
        ["Job told to go"] = life => life.Told(),
        ["long after it was told"] = life => life.Told().After(BackupPatience.Stop).Tick(),
        ["Job of another backup"] = life => life.Hear(new BackupEvent.JobSeen(Samples.Sighting(JobState.Complete, report: Samples.Success()) with { Uid = Samples.OtherUid })),
        ["sweep done"] = life => life.See(JobState.Complete, JobOperation.Sweep, report: Life.Done(1)),
        ["sweep failed"] = life => life.See(JobState.Failed, JobOperation.Sweep, report: Samples.Fault(JobFault.StorageDenied)),
        ["deletion done"] = life => life.See(JobState.Complete, JobOperation.Delete, report: Life.Done(1)),
        ["deletion failed"] = life => life.See(JobState.Failed, JobOperation.Delete, report: Samples.Fault(JobFault.StorageMissing)),
        ["rewrap done"] = life => life.See(JobState.Complete, JobOperation.Rewrap, report: Samples.Sealed("key-2")),
        ["rewrap failed"] = life => life.See(JobState.Failed, JobOperation.Rewrap, report: Samples.Fault(JobFault.StorageUnavailable)),
        ["import done"] = life => life.See(JobState.Complete, JobOperation.Import, report: Samples.Imported()),
        ["import failed"] = life => life.See(JobState.Failed, JobOperation.Import, report: Samples.Fault(JobFault.ManifestMismatch)),
        ["import: storage away"] = life => life.See(JobState.Failed, JobOperation.Import, report: Samples.Fault(JobFault.StorageUnavailable)),
        ["data missing"] = life => life.Hear(new BackupEvent.DataSeen(new() { Uid = Samples.Uid, Missing = true })),
        ["expired"] = life => life.Expire(),
        ["pruned"] = life => life.Hear(new BackupEvent.Pruned(Samples.Uid)),
        ["released"] = life => life.Hear(new BackupEvent.Released()),
        ["parted"] = life => life.Report().Hear(new BackupEvent.Parted()),
        ["tick"] = life => life.After(TimeSpan.FromSeconds(1)).Tick(),
        ["tick after a week"] = life => life.After(TimeSpan.FromDays(7)).Tick(),
    };

    public static TheoryData<string> StateNames => [.. States.Keys];

    [Theory]
    [MemberData(nameof(StateNames))]
    public void Next_EveryEvent_LeadsWhereTheTableSays(string state)
    {
        var actual = new StringBuilder();
        foreach (var (name, tell) in Events)
            actual.Append(System.Globalization.CultureInfo.InvariantCulture, $"{state,-15} {name,-24} {Describe(tell(States[state]()).State)}\n");

        Assert.Equal(Table().Where(line => line.StartsWith(state + " ", StringComparison.Ordinal)), actual.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries));
    }

    // The first generation that none of the states has seen.
    private static BackupSpec Wish(Life life, long generation = 4) =>
        Samples.Spec(generation: generation) with { Deleting = life.State.Spec?.Deleting ?? false, EncryptionKey = life.State.Spec?.EncryptionKey, ImportFrom = life.State.Spec?.ImportFrom };

    private static string Describe(BackupState state) => state.Uid.Length == 0 ? "-"
        : $"{state.Phase,-9} {state.Errand,-10} {state.Reason,-16} {(state.Ending is { } ending ? $"to {ending.Phase}" : "")}{(state.Rewrap is { } rewrap ? $" {rewrap.Reason} {rewrap.KeyId}{(rewrap.InDoubt ? ", in doubt" : "")}" : "")}{(state.Expires ? " expires" : "")}{(state.Gone ? " gone" : "")}{(state.Successor is null ? "" : " followed")}{(state.Uid == Samples.Uid ? "" : " other")}".TrimEnd();

    private static IEnumerable<string> Table()
    {
        using var resource = Assembly.GetExecutingAssembly().GetManifestResourceStream("BackupMachine.table.txt")!;
        using var reader = new StreamReader(resource);
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
