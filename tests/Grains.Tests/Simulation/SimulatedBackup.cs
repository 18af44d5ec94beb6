using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Backups;

namespace ControlPlane.Grains.Tests.Simulation;

/// <summary>One backup grain of the simulated world: the real machine and agenda, and acts that may not happen.</summary>
internal sealed class SimulatedBackup(World world, BackupKey key) : IBackupGrain
{
    private readonly Dictionary<string, BackupPhase> finals = [];

    public BackupState State { get; private set; } = new();

    public Task ApplyAsync(BackupSpec spec, CancellationToken cancellationToken = default) => Hear(new BackupEvent.Applied(spec));

    public Task RefuseAsync(ResourceFaults faults, CancellationToken cancellationToken = default) => Hear(new BackupEvent.Refused(faults));

    public Task ForgetAsync(string uid, CancellationToken cancellationToken = default) => Hear(new BackupEvent.ResourceGone(uid));

    public Task AdmitAsync(BackupAdmission admission, CancellationToken cancellationToken = default) => world.Call(() => Hear(new BackupEvent.Admitted(admission)));

    public Task WaitAsync(BackupRefusal refusal, CancellationToken cancellationToken = default) => world.Call(() => Hear(new BackupEvent.ToldToWait(refusal)));

    public Task FollowAsync(BackupAdmission admission, CancellationToken cancellationToken = default) => world.Call(() => Hear(new BackupEvent.Followed(admission)));

    public Task ShareAsync(string uid, long? uploadBytesPerSecond) => Hear(new BackupEvent.Shared(uid, uploadBytesPerSecond));

    public Task ChooseSourceAsync(ClusterSurvey survey, CancellationToken cancellationToken = default) => Hear(new BackupEvent.Surveyed(survey));

    public Task ObserveJobAsync(JobSighting sighting, CancellationToken cancellationToken = default) => Hear(new BackupEvent.JobSeen(sighting));

    public Task<BackupStatus?> GetStatusAsync(CancellationToken cancellationToken = default) => Task.FromResult(BackupStatusBuilder.Build(State));

    public Task<BackupEnd?> GetEndAsync(CancellationToken cancellationToken = default) =>
        Task.FromResult(State.Uid.Length > 0 && State.Phase.IsFinal() ? BackupMachine.Describe(key, State, world.Now) : null);

    public Task ObserveDataAsync(DataSighting sighting, CancellationToken cancellationToken = default) => Hear(new BackupEvent.DataSeen(sighting));

    public Task<bool> ExpireAsync(BackupExpiry expiry, CancellationToken cancellationToken = default) => throw new NotSupportedException("No retention is simulated here.");

    public Task<bool> PrunedAsync(string uid, CancellationToken cancellationToken = default) => throw new NotSupportedException("No retention is simulated here.");

    public Task<BackupStatus?> LendAsync(string reader, CancellationToken cancellationToken = default) => throw new NotSupportedException("No restore is simulated here.");

    public Task ReturnAsync(string reader, CancellationToken cancellationToken = default) => throw new NotSupportedException("No restore is simulated here.");

    public Task CompareAsync(BackupAnomalies anomalies, CancellationToken cancellationToken) => Task.CompletedTask;

    public Task ProveAsync(BackupProof proof, CancellationToken cancellationToken = default) => throw new NotSupportedException("No drill is simulated here.");

    public async Task<BackupClaim> GetClaimAsync(string uid, CancellationToken cancellationToken = default)
    {
        BackupClaim? claim = null;
        await world.Call(() =>
        {
            claim = new()
            {
                Holds = State.Uid == uid && State.HoldsSlot,
                End = State.Uid == uid && State.Phase.IsFinal() ? BackupMachine.Describe(key, State, world.Now) : null,
            };
            return Task.CompletedTask;
        });
        return claim!;
    }

    public Task Tick()
    {
        Hear(new BackupEvent.Ticked());
        return Act(looks: true);
    }

    public Task Hear(BackupEvent seen)
    {
        var before = State;
        State = BackupMachine.Next(key, State, seen, world.Now);
        Check(before);
        return ReferenceEquals(before, State) || world.Crashes() ? Task.CompletedTask : Act(looks: false);
    }

    /// <summary>What the grain does after remembering, each part of which may fail.</summary>
    private Task Act(bool looks)
    {
        var before = State;
        foreach (var action in BackupAgenda.Work(State, world.Now, looks))
        {
            if (world.Crashes())
                return Task.CompletedTask;
            Do(action);
            if (!ReferenceEquals(before, State))
                return Task.CompletedTask;
        }

        if (!world.Crashes())
            Report();
        return Task.CompletedTask;
    }

    private void Do(BackupAction action)
    {
        switch (action)
        {
            case BackupAction.AskCluster:
                var wish = new BackupWish { Backup = key, Uid = State.Uid, StorageName = State.Spec!.StorageName, Created = State.Spec.Created, ImportFrom = State.Spec.ImportFrom };
                world.Send(() => world.Cluster.BackupWaits(wish));
                break;
            case BackupAction.Survey:
                var uid = State.Uid;
                world.Send(() => ChooseSourceAsync(world.Survey(uid)));
                break;
            case BackupAction.EnsureJob:
                world.Ensure(BackupOrders.Job(key, State));
                break;
            case BackupAction.RemoveJob:
                var leaving = State.Job!.Name;
                world.Remove(leaving);
                Hear(new BackupEvent.JobTold(leaving));
                break;
            case BackupAction.LookAtJob:
                Hear(new BackupEvent.JobSeen(world.Look(key, State.Job!.Name)));
                break;
            case BackupAction.Release:
                world.Release(key, State.Uid);
                Hear(new BackupEvent.Released());
                break;
            default:
                Hear(new BackupEvent.Parted());
                break;
        }
    }

    private void Report()
    {
        if (State.NewsOwed && State.Spec is not null)
        {
            var end = BackupMachine.Describe(key, State, world.Now);
            world.Send(() => world.Cluster.BackupEnded(end));
        }

        foreach (var job in State.JobsToRemove)
            world.Remove(job);
        State = State with { StatusOwed = false, NewsOwed = false, EventsOwed = [], JobsToRemove = [] };
        if (State.Errand == BackupErrand.Forgetting)
            Hear(new BackupEvent.Parted());
    }

    private void Check(BackupState before)
    {
        // A late word of a resource that is long gone may begin a life that nobody wants; it is a new one.
        if (State.Uid != before.Uid)
            finals.Remove(before.Uid);
        if (State.Uid.Length == 0)
            return;
        if (finals.TryGetValue(State.Uid, out var final))
            Assert.Equal(final, State.Phase);
        else if (State.Phase.IsFinal())
            finals[State.Uid] = State.Phase;
        if (!State.Phase.IsFinal())
            Assert.True(State.Deadline is not null, $"{State.Phase}/{State.Errand} has no deadline; it was {before.Phase}/{before.Errand}");
        if (State.Phase == BackupPhase.Succeeded && before.Phase != BackupPhase.Succeeded)
            Assert.True(world.IsCommitted(State.Spec!.ImportFrom?.Uid ?? State.Uid), "succeeded without a manifest");
        Assert.NotEqual("", State.Reason);
    }
}
