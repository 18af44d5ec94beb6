using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Restores;

/// <summary>From what a restore remembers to what is asked of the edge. The same state, the same order.</summary>
internal static class RestoreOrders
{
    /// <summary>The Job that works on a volume.</summary>
    public static JobOrder Job(RestoreKey key, RestoreState state, RestoreVolume volume)
    {
        var (job, cluster, origin, workload) = (volume.Job!, state.Cluster!, state.Origin!, state.Workload!);
        var reads = job.Operation is JobOperation.PlanRestore or JobOperation.RestoreVolume;
        var limit = RestoreMachine.LimitOf(state, job.Operation);
        return new()
        {
            Subject = JobSubject.Of(key),
            Job = job.Name,
            Request = new()
            {
                Version = JobRequest.RestoreVersion,
                Operation = job.Operation,
                Backup = new() { Namespace = key.Namespace, Cluster = state.Spec!.ClusterName, Name = key.Name, Uid = state.Uid },
                Attempt = job.Number,
                Storage = origin.Storage.Request,

                // Who reads nothing needs no key.
                Sealing = reads ? origin.Storage.Sealing : null,
                Deadline = job.Asked + limit,
                Restore = new()
                {
                    Source = reads ? origin.Backup : null,
                    Volume = new() { Name = volume.Claim, DataDirectory = workload.DataDirectory, Keep = state.Spec.KeepPrevious, Previous = volume.Previous ?? PreviousData.Keep },
                    Target = new() { Engine = workload.Engine, ServerVersion = workload.ServerVersion },
                },
            },
            Storage = origin.Storage,
            Jobs = cluster.Jobs,
            Environment = origin.Storage.ContainerOptions.Environment,
            ActiveDeadline = limit,
            OwnedByResource = !state.Gone,
            Volume = new() { Claim = volume.Claim, Identity = workload.Identity, Node = volume.Node, ReadOnly = job.Operation == JobOperation.PlanRestore },
        };
    }

    /// <summary>The look at the workload.</summary>
    public static WorkloadLook Look(RestoreKey key, RestoreState state) => new(key, state.Uid, state.Spec!.ClusterName, state.Cluster!.Workload, state.Look);

    /// <summary>What it counts as in the fleet's budgets.</summary>
    public static PlaceWish Work(RestoreKey key, RestoreState state) => new()
    {
        Kind = WorkKind.Restore,
        Member = key.Member.Name,
        Namespace = key.Namespace,
        Name = key.Name,
        Uid = state.Uid,
        Cluster = state.Spec!.ClusterName,
        Since = state.Spec.Created,
        Place = state.Origin is { } origin ? BucketPlace.Of(origin.Storage.Request, key.Member.Name, key.Namespace) : null,
        Longest = state.Cluster?.ActiveDeadline ?? RestorePatience.ShortJob,
    };

    /// <summary>The slot is wanted.</summary>
    public static RestoreWish Wish(RestoreKey key, RestoreState state) => new() { Restore = key, Uid = state.Uid, Created = state.Spec!.Created };
}
