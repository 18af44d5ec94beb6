using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Grains.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Fixtures;

/// <summary>One restore's state, told one event after another.</summary>
internal sealed class RestoreLife
{
    public RestoreState State { get; private set; } = new();

    public DateTimeOffset Now { get; private set; } = Samples.Start;

    public RestoreLife Hear(RestoreEvent seen)
    {
        State = RestoreMachine.Next(RestoreSamples.Key, State, seen, Now);
        return this;
    }

    public RestoreLife After(TimeSpan time)
    {
        Now += time;
        return this;
    }

    public RestoreLife Apply(RestoreSpec? spec = null) => Hear(new RestoreEvent.Applied(spec ?? RestoreSamples.Spec()));

    public RestoreLife Admit() => Hear(new RestoreEvent.Admitted(Samples.Admission(RestoreSamples.Uid)));

    public RestoreLife Find() => Hear(new RestoreEvent.BackupSeen(RestoreSamples.Backup()));

    public RestoreLife See(WorkloadStanding standing) => Hear(new RestoreEvent.WorkloadSeen(standing));

    public RestoreLife Tick() => Hear(new RestoreEvent.Ticked());

    public RestoreLife Cancel() => Apply(State.Spec! with { Generation = State.Generation + 1, Cancelled = true });

    public RestoreLife Confirm() => Apply(State.Spec! with { Generation = State.Generation + 1, Confirmed = true });

    public RestoreLife Gone() => Hear(new RestoreEvent.ResourceGone(RestoreSamples.Uid));

    /// <summary>The Job of a volume tells how it went.</summary>
    public RestoreLife Told(int volume, JobFault? fault = null, RestorePlan? plan = null, VolumeHolds? holds = null, bool kept = false, string message = "It was so.", long bytes = 1 << 29, double seconds = 20)
    {
        var job = State.Volumes[volume].Job!;
        return Hear(new RestoreEvent.JobSeen(new()
        {
            Uid = State.Uid,
            Job = job.Name,
            State = fault is null ? JobState.Complete : JobState.Failed,
            Report = new()
            {
                Uid = State.Uid,
                Attempt = job.Number,
                Fault = fault,
                Message = message,
                Plan = plan,
                Volume = holds is not { } held ? null : new()
                {
                    Volume = State.Volumes[volume].Claim,
                    Holds = held,
                    PreviousKept = kept,
                    BytesDownloaded = held == VolumeHolds.Restored ? bytes : 0,
                    DownloadSeconds = held == VolumeHolds.Restored ? seconds : 0,
                },
            },
        }));
    }

    /// <summary>All Jobs that were told to go are gone.</summary>
    public RestoreLife Left()
    {
        while (State.Volumes.FirstOrDefault(volume => volume.Leaving is not null) is { } leaving)
            Hear(new RestoreEvent.JobSeen(new() { Uid = "", Job = leaving.Leaving!, State = JobState.Missing }));
        return this;
    }

    public RestoreLife Stopped() => See(RestoreSamples.Standing(replicas: 0));

    public RestoreLife Undone() => Told(0, holds: VolumeHolds.Previous).Told(1, holds: VolumeHolds.Previous);

    public RestoreLife Answered() => See(RestoreSamples.Standing());

    /// <summary>What the grain does once everything was reported.</summary>
    public RestoreLife Report()
    {
        State = State with { StatusOwed = false, NewsOwed = false, ReturnOwed = false, EventsOwed = [], JobsToRemove = [] };
        return this;
    }

    public static RestoreLife Asking(RestoreSpec? spec = null) => new RestoreLife().Apply(spec);

    public static RestoreLife Finding(RestoreSpec? spec = null) => Asking(spec).Admit();

    public static RestoreLife Looking(RestoreSpec? spec = null) => Finding(spec).Find();

    public static RestoreLife Planning(RestoreSpec? spec = null) => Looking(spec).See(RestoreSamples.Standing());

    public static RestoreLife Stopping(PreviousData previous = PreviousData.Keep) =>
        Planning().Told(0, plan: RestoreSamples.Plan(previous)).Told(1, plan: RestoreSamples.Plan(previous));

    public static RestoreLife Restoring(PreviousData previous = PreviousData.Keep) => Stopping(previous).Stopped();

    public static RestoreLife Starting(PreviousData previous = PreviousData.Keep) => Restoring(previous)
        .Told(0, holds: VolumeHolds.Restored, kept: previous == PreviousData.Keep).Told(1, holds: VolumeHolds.Restored, kept: previous == PreviousData.Keep);

    public static RestoreLife Holding() => Starting().Answered().Report();

    public static RestoreLife Confirming() => Holding().Confirm().After(TimeSpan.FromMinutes(1)).Tick();

    public static RestoreLife Confirmed() => Confirming().Told(0, holds: VolumeHolds.Restored).Told(1, holds: VolumeHolds.Restored).Report();

    public static RestoreLife Clearing() => Restoring().Cancel();

    public static RestoreLife Undoing() => Clearing().Left().Stopped();

    public static RestoreLife StartingAgain() => Undoing().Undone();

    public static RestoreLife Cancelled() => StartingAgain().Answered().Report();

    public static RestoreLife Failed() => Planning().Told(0, plan: RestoreSamples.Plan(null, new PlanBlocker(JobFault.WrongKey, "The key does not fit.")))
        .Told(1, plan: RestoreSamples.Plan(null, new PlanBlocker(JobFault.WrongKey, "The key does not fit."))).Report();

    public static RestoreLife Succeeded() => Confirmed();

    public static RestoreLife Forgetting() => Confirmed().Gone();
}
