using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Fixtures;

/// <summary>One backup's state, told one event after another.</summary>
internal sealed class Life
{
    public BackupState State { get; private set; } = new();

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public Life Hear(BackupEvent seen)
    {
        State = BackupMachine.Next(Samples.Key, State, seen, Now);
        return this;
    }

    public Life After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public Life Apply(BackupSpec? spec = null) => Hear(new BackupEvent.Applied(spec ?? Samples.Spec()));

    public Life Admit() => Hear(new BackupEvent.Admitted(Samples.Admission()));

    public Life Survey() => Hear(new BackupEvent.Surveyed(Samples.GoodSurvey()));

    public Life See(JobState state, JobOperation operation = JobOperation.Backup, int number = 1, JobReport? report = null, BackupStage? stage = null, string? trouble = null) =>
        Hear(new BackupEvent.JobSeen(Samples.Sighting(state, operation, number, report, stage, trouble)));

    public Life Tick() => Hear(new BackupEvent.Ticked());

    public Life Fault(JobFault fault, int attempt = 1) => See(JobState.Failed, number: attempt, report: Samples.Fault(fault, attempt));

    /// <summary>The Job is over, and says nothing: seen twice, with the time of doubt between.</summary>
    public Life Lose(int attempt = 1) => See(JobState.Missing, number: attempt).After(BackupPatience.Doubt).See(JobState.Missing, number: attempt);

    /// <summary>The Job was told to go, if there is one.</summary>
    public Life Told() => Hear(new BackupEvent.JobTold(State.Job?.Name ?? "none"));

    public Life Cancel() => Apply(Samples.Spec(generation: 2) with { Cancelled = true, ImportFrom = State.Spec?.ImportFrom });

    public Life Delete(bool data = true) =>
        Apply(Samples.Spec(generation: State.Generation + 1) with { Deleting = true, DeletesData = data, EncryptionKey = State.Spec?.EncryptionKey, ImportFrom = State.Spec?.ImportFrom });

    /// <summary>The owner wants another key, or none in particular.</summary>
    public Life Wish(string? key) => Apply(Samples.Spec(generation: State.Generation + 1) with { EncryptionKey = key, ImportFrom = State.Spec?.ImportFrom });

    public Life Gone() => Hear(new BackupEvent.ResourceGone(Samples.Uid));

    /// <summary>What the grain does once everything was reported.</summary>
    public Life Report()
    {
        State = State with { StatusOwed = false, NewsOwed = false, EventsOwed = [], JobsToRemove = [] };
        return this;
    }

    public static Life Asking() => new Life().Apply();

    public static Life Choosing() => Asking().Admit();

    public static Life Starting() => Choosing().Survey();

    public static Life Running() => Starting().See(JobState.Active);

    public static Life Checking() => Running().See(JobState.Active, stage: BackupStage.Checking);

    public static Life Clearing() => Running().Fault(JobFault.StreamBroken);

    public static Life Stopping() => Running().Cancel();

    public static Life Sweeping() => Stopping().See(JobState.Missing);

    public static Life Succeeded() => Running().See(JobState.Complete, report: Samples.Success());

    public static Life Cancelled() => Asking().Cancel();

    public static Life FailedSweeping() => Running().Fault(JobFault.ManifestMismatch);

    public static Life Failed() => FailedSweeping().See(JobState.Complete, JobOperation.Sweep, report: Done(1)).Report();

    public static Life Removing() => Succeeded().Report().Delete();

    public static Life RemovalFailed() => Removing().See(JobState.Failed, JobOperation.Delete, report: Samples.Fault(JobFault.StorageUnavailable));

    public static Life Releasing() => Removing().See(JobState.Complete, JobOperation.Delete, report: Done(1));

    public static Life Released() => Releasing().Hear(new BackupEvent.Released()).Report();

    public static Life Forgetting() => Succeeded().Report().Gone();

    /// <summary>A good one that is sealed with key-1.</summary>
    public static Life Sealed() =>
        Asking().Hear(new BackupEvent.Admitted(new() { Uid = Samples.Uid, Cluster = Samples.ClusterSpec().With(Samples.SealedStorage()) }))
            .Survey().See(JobState.Active).See(JobState.Complete, report: Samples.Sealed("key-1")).Report();

    public static Life Rewrapping() => Sealed().Wish("key-2").Report();

    public static Life RewrapFailed() => Rewrapping().See(JobState.Failed, JobOperation.Rewrap, report: Samples.Fault(JobFault.WrongKey)).Report();

    public static Life StoppingRewrap() => Rewrapping().Delete().Report();

    public static Life Expiring() => Succeeded().Report().Expire().Report();

    public static Life Pruned() => Expiring().Hear(new BackupEvent.Pruned(Samples.Uid)).Report();

    /// <summary>One that is in the store already, while a Job looks whether it is whole.</summary>
    public static Life Importing() => new Life().Apply(Samples.Spec() with { ImportFrom = Samples.Folder }).Admit().Report();

    public static Life Imported() => Importing().See(JobState.Complete, JobOperation.Import, report: Samples.Imported()).Report();

    public static Life ImportFailed() => Importing().See(JobState.Failed, JobOperation.Import, report: Samples.Fault(JobFault.ManifestMismatch)).Report();

    public Life Expire() => Hear(new BackupEvent.Expired(new() { Uid = Samples.Uid, Message = "No rule keeps it." }));

    public static JobReport Done(int number) => new() { Uid = Samples.Uid, Attempt = number, ObjectsRemoved = 3 };
}
