using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>From what a backup remembers to what is asked of the edge. The same state, the same order.</summary>
internal static class BackupOrders
{
    /// <summary>The Job that the state wants.</summary>
    public static JobOrder Job(BackupKey key, BackupState state)
    {
        var (job, spec, cluster) = (state.Job!, state.Spec!, state.Cluster!);
        var deadline = Deadline(state, job);
        var sealing = job.Operation switch
        {
            // Who only removes needs no key.
            JobOperation.Delete => null,
            JobOperation.Rewrap => cluster.Storage.Sealing! with { KeyId = state.Rewrap!.KeyId },
            _ => cluster.Storage.Sealing,
        };
        var limit = job.Operation == JobOperation.Backup ? BackupMachine.Bandwidth(state) : null;
        return new()
        {
            Subject = JobSubject.Of(key),
            Job = job.Name,
            Request = new()
            {
                Version = spec.ImportFrom is not null ? JobRequest.ImportVersion : limit is not null ? JobRequest.BandwidthVersion : sealing is not null ? JobRequest.SealingVersion : 1,
                Operation = job.Operation,
                Backup = Identity(key, state),
                Folder = spec.ImportFrom,
                Attempt = job.Number,
                Storage = cluster.Storage.Request,
                Compression = cluster.Storage.Compression,
                Sealing = sealing,
                UploadBytesPerSecond = limit,
                Schedule = job.Operation == JobOperation.Backup ? spec.Schedule : null,
                Due = job.Operation == JobOperation.Backup ? spec.Due : null,
                ReadBack = cluster.Storage.ReadBack,
                Deadline = job.Asked + deadline,
            },
            Storage = cluster.Storage,
            Jobs = cluster.Jobs,
            Source = job.Operation == JobOperation.Backup ? state.Source : null,
            Environment = (spec.ContainerOptions ?? cluster.Storage.ContainerOptions).Environment,
            ActiveDeadline = deadline,
            OwnedByResource = !state.Gone,
        };
    }

    /// <summary>What it counts as in the fleet's budgets; null for an import, which only looks.</summary>
    public static PlaceWish? Work(BackupKey key, BackupState state) => state.Spec is not { ImportFrom: null } spec ? null : new()
    {
        Kind = spec.Schedule is null ? WorkKind.OnDemand : WorkKind.Scheduled,
        Member = key.Member.Name,
        Namespace = key.Namespace,
        Name = key.Name,
        Uid = state.Uid,
        Cluster = spec.ClusterName,
        Since = spec.Created,
        Place = state.Cluster is { } cluster ? BucketPlace.Of(cluster.Storage.Request, key.Member.Name, key.Namespace) : null,
        Node = state.Source?.Node ?? state.Place?.Node,
        Longest = BackupMachine.ActiveDeadline(state),
    };

    /// <summary>How long the API server lets a Job live, from its start.</summary>
    public static TimeSpan Deadline(BackupState state, BackupJob job) => job.Operation switch
    {
        JobOperation.Backup or JobOperation.Import => BackupMachine.ActiveDeadline(state),
        JobOperation.Delete => BackupPatience.DeleteJob,
        _ => BackupPatience.SweepJob,
    };

    /// <summary>The look at the instances.</summary>
    public static SurveyOrder Survey(BackupKey key, BackupState state) => new(key, state.Uid, state.Spec!.ClusterName, state.Cluster!.Workload!);

    /// <summary>Which backup, for ever. One that was imported lies in another's folder.</summary>
    public static BackupIdentity Identity(BackupKey key, BackupState state) =>
        new() { Namespace = key.Namespace, Cluster = state.Spec!.ClusterName, Name = key.Name, Uid = state.Uid };

    /// <summary>Whose name its objects bear.</summary>
    public static BackupIdentity Stored(BackupKey key, BackupState state) =>
        state.Spec!.ImportFrom is { } folder ? Identity(key, state) with { Name = folder.Name, Uid = folder.Uid } : Identity(key, state);

    /// <summary>Where the objects lie, as a person would write it.</summary>
    public static string Destination(BackupIdentity backup, StorageRequest storage) => StoragePlaces.Root(storage) + ObjectLayout.Root(backup);
}
