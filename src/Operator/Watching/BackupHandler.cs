using System.Text.Json;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Takes what an owner says in a <c>MySQLBackup</c> to its grain: each new generation, that it is being deleted, and that it is gone.
/// And what the runner says in <c>status.progress</c>: that it came to another stage.
/// </summary>
internal sealed class BackupHandler(IGrainFactory grains, SeenVersions versions) : IResourceHandler
{
    public string Kind => ApiGroup.Backups.Kind;

    public string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Backups.Plural}";

    /// <summary>What the owner can change. The status changes every few seconds while a backup runs.</summary>
    public string Remember(ResourceHeader header) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{header.Generation} {header.Deleting} {header.Finalizers.Contains(ApiGroup.Backups.DeleteDataFinalizer)} {BackupReader.IsHeld(header)} {header.Labels.GetValueOrDefault(ApiGroup.Labels.Schedule)}").TrimEnd();

    public void End(MemberKey member) => versions.Forget(member);

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<IBackupGrain>(new BackupKey(change.Member, change.Namespace, change.Name).ToString());
        versions.Note(ApiGroup.Backups.Plural, change);
        if (change.Resource is not { } resource)
        {
            await grain.ForgetAsync(change.Uid, cancellationToken);
            return;
        }

        using var document = JsonDocument.Parse(resource.Document);
        if (change.Before != change.Remembered)
        {
            var reading = BackupReader.Read(resource.Header, document.RootElement);
            await (reading.Spec is { } spec ? grain.ApplyAsync(spec, cancellationToken) : grain.RefuseAsync(reading.Faults!, cancellationToken));
        }
        if (StageNews(resource.Header, document.RootElement) is { } sighting)
            await grain.ObserveJobAsync(sighting, cancellationToken);
    }

    /// <summary>
    /// What the runner's stage tells that the phase does not show yet. Nothing has to be remembered for it: once the phase follows, it is
    /// no news any more. A late word of an earlier attempt is none either.
    /// </summary>
    internal static JobSighting? StageNews(ResourceHeader header, JsonElement document)
    {
        if (BackupStatusReader.ReadProgress(document) is not var (attempt, stage)
            || BackupStatusReader.Read(header.Uid, document)?.Status is not { } status
            || !status.Phase.HasJob()
            || status.Attempts.Count == 0 || status.Attempts[^1].Number != attempt || status.Attempts[^1].Ended is not null)
            return null;
        var shown = status.Phase switch { BackupPhase.Running => BackupStage.Uploading, BackupPhase.Checking => BackupStage.Checking, _ => default(BackupStage?) };
        return shown is { } known && known >= stage
            ? null
            : new() { Uid = header.Uid, Job = status.Attempts[^1].Job, State = JobState.Active, Stage = stage };
    }
}
