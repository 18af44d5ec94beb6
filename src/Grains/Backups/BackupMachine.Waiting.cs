using System.Globalization;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Backups;

/// <summary>From the queue to an attempt.</summary>
internal static partial class BackupMachine
{
    /// <summary>Of what the cluster's spec says by now only the bandwidth counts for a backup that has begun: all else is as it was admitted.</summary>
    private static BackupState FollowCluster(BackupState state, BackupAdmission admission) =>
        admission.Uid == state.Uid && state is { HoldsSlot: true, Cluster: { } cluster, Spec: { } spec }
        && admission.Cluster.Storages.TryGetValue(spec.StorageName, out var storage) && storage.UploadBytesPerSecond != cluster.Storage.UploadBytesPerSecond
            ? state with { Cluster = cluster with { Storage = cluster.Storage with { UploadBytesPerSecond = storage.UploadBytesPerSecond } } }
            : state;

    private static BackupState Share(BackupState state, BackupEvent.Shared shared) =>
        shared.Uid == state.Uid && state is { HoldsSlot: true } && shared.UploadBytesPerSecond != state.Place?.UploadBytesPerSecond
            ? state with { Place = (state.Place ?? new(null, false, null)) with { UploadBytesPerSecond = shared.UploadBytesPerSecond } }
            : state;

    /// <summary>The most bytes a second that it is to send: what its storage says, or its share of the fleet's, whichever is less.</summary>
    public static long? Bandwidth(BackupState state) => (state.Cluster?.Storage.UploadBytesPerSecond, state.Place?.UploadBytesPerSecond) switch
    {
        ({ } own, { } share) => Math.Min(own, share),
        var (own, share) => own ?? share,
    };

    private static BackupState Admit(BackupKey key, BackupState state, BackupAdmission admission, DateTimeOffset now)
    {
        if (state.Errand != BackupErrand.Asking || admission.Uid != state.Uid || !state.MayBeginWith(admission.Place, now) || !admission.Cluster.Storages.TryGetValue(state.Spec!.StorageName, out var storage))
            return state;
        if (state.Spec.EncryptionKey is { } wanted && storage.Sealing is null && state.Attempts.Count == 0)
            return Fail(key, state, Reasons.Invalid, $"spec.encryptionKey is '{wanted}', but backups to storage '{state.Spec.StorageName}' are not sealed: give it an encryptionKeySecret, or leave the field out.", now);
        var cluster = admission.Cluster;
        var until = state.Attempts.Count == 0 ? state.Spec.Created + (cluster.StartingDeadline ?? BackupPatience.Start) : state.PendingUntil;
        var admitted = state with
        {
            Errand = BackupErrand.Choosing,
            Cluster = new()
            {
                // What an attempt has begun to fill stays the place, with the key it was sealed with: remains are looked for where they were left.
                Storage = state is { Attempts.Count: > 0, Cluster: { } earlier }
                    ? earlier.Storage with { UploadBytesPerSecond = storage.UploadBytesPerSecond }
                    : storage with { Sealing = WithKey(storage.Sealing, state.Spec.EncryptionKey) },
                Jobs = new() { Image = cluster.Image, ServiceAccountName = cluster.ServiceAccountName },
                Workload = cluster.Workload,
                Engine = cluster.Engine,
                SourcePod = cluster.SourcePod,
                BackoffLimit = cluster.BackoffLimit,
                ActiveDeadline = cluster.ActiveDeadline,
                StartingDeadline = cluster.StartingDeadline,
            },
            Place = admission.Place is { } place ? new(place.Node, place.CountsNodes, place.UploadBytesPerSecond) : null,
            PlaceNumber = admission.Place?.Number ?? state.PlaceNumber,
            Line = null,
            PendingUntil = until,
            Deadline = until,
            Waiting = null,

            // Who looked in vain before, or failed before, goes on saying so until it is otherwise.
            Reason = state.Reason is Reasons.NoSource or Reasons.Retrying ? state.Reason : Reasons.ChoosingSource,
            Message = state.Reason is Reasons.NoSource or Reasons.Retrying ? state.Message : "A ready source instance is being looked for.",
        };
        return state.Spec.ImportFrom is null ? admitted : BeginImport(key, admitted, now);
    }

    private static BackupState Wait(BackupKey key, BackupState state, BackupRefusal refusal, DateTimeOffset now)
    {
        if (state.Errand != BackupErrand.Asking || refusal.Uid != state.Uid)
            return state;
        if (refusal.Patience is { } patience && patience <= TimeSpan.Zero)
            return Fail(key, state, refusal.Reason, refusal.Message, now);
        var until = WaitsForImport(state, refusal) ? Later(state.PendingUntil ?? now, now + BackupPatience.Start)
            : state.Attempts.Count == 0 && refusal.StartingDeadline is { } starting ? state.Spec!.Created + starting : state.PendingUntil;
        return state with
        {
            Waiting = new(refusal.Reason, state.Waiting?.Reason == refusal.Reason ? state.Waiting.Since : now, refusal.Patience),
            Line = refusal.Line,
            Reason = refusal.Reason,
            Message = refusal.Message,
            PendingUntil = until,
            Deadline = until,
        };
    }

    private static BackupState ChooseSource(BackupKey key, BackupState state, ClusterSurvey survey, DateTimeOffset now)
    {
        // A late answer must not cut short the pause before the next attempt.
        if (state.Errand != BackupErrand.Choosing || survey.Uid != state.Uid || now < state.RetryAt || state.Cluster is not { Workload: not null } cluster)
            return state;
        var choice = SourcePlanner.Choose(state.Spec!.SourcePod ?? cluster.SourcePod, survey, state.Attempts, state.Place?.Node);
        return choice.Instance is not { } instance ? GiveSlotBack(key, state, choice.Message, now)
            : state.Place is { CountsNodes: true } place && instance.Node is { } node && node != place.Node ? AskForNode(state, node)
            : BeginAttempt(key, state, instance, now);
    }

    /// <summary>The fleet's budgets count nodes, and the place is for none or for another: it asks for one there.</summary>
    private static BackupState AskForNode(BackupState state, string node) => state with
    {
        Errand = BackupErrand.Asking,
        WishedNode = node,
        Reason = Reasons.WaitingForPlace,
        Message = $"A place on node {node} is asked for, where the source Pod is.",
        Line = null,
        Waiting = null,
        NewsOwed = true,
    };

    /// <summary>Whoever finds no source must not keep the others waiting: it asks for the slot again after a pause.</summary>
    private static BackupState GiveSlotBack(BackupKey key, BackupState state, string message, DateTimeOffset now) => state with
    {
        Errand = BackupErrand.Asking,
        Tries = state.Tries + 1,
        RetryAt = now + BackupPatience.BeforeRetry(key, state.Tries + 1),
        Reason = Reasons.NoSource,
        Message = message,
        Waiting = null,
        NewsOwed = true,
    };

    private static BackupState BeginAttempt(BackupKey key, BackupState state, SurveyedInstance instance, DateTimeOffset now)
    {
        var (spec, cluster, number) = (state.Spec!, state.Cluster!, state.Attempts.Count + 1);
        var job = NewJob(key, state, JobOperation.Backup, number, now);
        return state with
        {
            Phase = BackupPhase.Starting,
            Errand = BackupErrand.Working,
            Reason = Reasons.JobCreated,
            Message = StartingMessage(number, instance.Pod),
            Job = job,
            Source = new()
            {
                Pod = instance.Pod,
                Address = instance.Address!,
                Node = instance.Node,
                Engine = cluster.Engine == BackupEngine.Auto ? instance.View?.Engine ?? BackupEngine.Auto : cluster.Engine,
                ToolArguments = (spec.ContainerOptions ?? cluster.Storage.ContainerOptions).ToolArguments,
                ClusterName = spec.ClusterName,
            },
            Attempts = [.. state.Attempts, new() { Number = number, Source = instance.Pod, Job = job.Name, Started = now }],
            Destination = state.Destination ?? BackupOrders.Destination(BackupOrders.Stored(key, state), cluster.Storage.Request),
            Started = state.Started ?? now,
            Deadline = now + ActiveDeadline(state) + BackupPatience.Grace,
            PendingUntil = null,
            RetryAt = null,
            Waiting = null,
            Tries = 0,
        };
    }

    private static string StartingMessage(int number, string pod) =>
        string.Create(CultureInfo.InvariantCulture, $"Attempt {number} is to read from {pod}; its Job was asked for.");
}
