using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Status;

/// <summary>
/// Shows statuses by server-side apply, the whole of what is ours each time: what is no longer said goes away, and what is the
/// runners' (<c>progress</c> of a backup, <c>volumes</c> of a restore) stays.
/// </summary>
internal sealed partial class StatusWriter(
    ApiCalls api, ResourceHeads heads, SeenVersions versions, FinalizerRemover finalizers, ILogger<StatusWriter> logger) : IStatusWriter
{
    private const int Tries = 8;

    // What was written last, so that the same is not written again; forgetting costs a write that changes nothing. Some thirty bytes of text a resource and its key: some megabytes.
    private readonly RecentValues<string> recent = new(20_000);

    public Task WriteAsync(BackupKey backup, BackupStatus status, CancellationToken cancellationToken) =>
        WriteAsync(
            new(backup.Member, backup.Namespace, ApiGroup.Backups.Plural, ApiGroup.Backups.Kind, backup.Name, status.Uid),
            JsonSerializer.SerializeToNode(status.ToDocument(), StatusJson.Default.BackupStatusDocument)!,
            cancellationToken);

    public Task WriteAsync(ClusterKey cluster, ClusterStatus status, CancellationToken cancellationToken) =>
        WriteAsync(
            new(cluster.Member, cluster.Namespace, ApiGroup.Clusters.Plural, ApiGroup.Clusters.Kind, cluster.Name, status.Uid),
            JsonSerializer.SerializeToNode(ClusterStatusDocument.From(status), StatusJson.Default.ClusterStatusDocument)!,
            cancellationToken);

    public Task WriteAsync(RestoreKey restore, RestoreStatus status, CancellationToken cancellationToken) =>
        WriteAsync(
            new(restore.Member, restore.Namespace, ApiGroup.Restores.Plural, ApiGroup.Restores.Kind, restore.Name, status.Uid),
            JsonSerializer.SerializeToNode(RestoreStatusDocument.Write(status), StatusJson.Default.RestoreStatusDocument)!,
            cancellationToken);

    public Task WriteAsync(DrillKey drill, DrillStatus status, CancellationToken cancellationToken) =>
        WriteAsync(
            new(drill.Member, drill.Namespace, ApiGroup.Drills.Plural, ApiGroup.Drills.Kind, drill.Name, status.Uid),
            JsonSerializer.SerializeToNode(DrillStatusDocument.Write(status), StatusJson.Default.DrillStatusDocument)!,
            cancellationToken);

    public Task WriteAsync(string budget, FleetBudgetStatus status, CancellationToken cancellationToken) =>
        WriteAsync(
            new(new(MemberKey.Local), "", ApiGroup.Budgets.Plural, ApiGroup.Budgets.Kind, budget, status.Uid),
            JsonSerializer.SerializeToNode(FleetBudgetStatusDocument.Write(status), StatusJson.Default.FleetBudgetStatusDocument)!,
            cancellationToken);

    public async Task RecordAsync(ResourceEvent happened, CancellationToken cancellationToken)
    {
        var document = EventBuilder.Build(happened, Environment.MachineName);
        try
        {
            await api.RunAsync(
                new(happened.Member),
                (client, token) => client.EventsV1.CreateNamespacedEventAsync(document, document.Namespace(), cancellationToken: token).OrPresentAsync(),
                cancellationToken);
        }
        catch (HttpOperationException refusal) when (refusal.IsMissing() || NamespaceEnds(refusal))
        {
            LogEventUnwanted(happened.Reason, happened.Kind, happened.Namespace, happened.Name);
        }
    }

    public Task ReleaseAsync(BackupKey backup, string uid, CancellationToken cancellationToken) =>
        finalizers.RemoveAsync(backup, uid, ApiGroup.Backups.DeleteDataFinalizer, cancellationToken);

    private async Task WriteAsync(Target target, JsonNode status, CancellationToken cancellationToken)
    {
        var seen = SeenVersions.Key(target.Member, target.Namespace, target.Plural, target.Name, target.Uid);
        if (versions.Find(seen, target.HasRunner) is not { } version || !await WriteAtOnceAsync(target, seen, version, status, cancellationToken))
            await LookAndWriteAsync(target, seen, status, cancellationToken);
    }

    // A version is of one resource and one state of it: where it is still that, nobody has to look before.
    private async Task<bool> WriteAtOnceAsync(Target target, string seen, string version, JsonNode status, CancellationToken cancellationToken)
    {
        var (key, digest) = (target.ToString(), Digest(status));
        if (IsRepeat(key, Mark(digest, version)))
            return false;
        try
        {
            if (await ApplyAsync(target, version, status, cancellationToken) is { } written)
                Remember(key, seen, digest, written);
            else
                LogResourceGone(target.Kind, target.Namespace, target.Name, target.Uid);
            return true;
        }
        catch (HttpOperationException refusal) when (refusal.IsConflict())
        {
            versions.Forget(seen);
            return false;
        }
    }

    private async Task LookAndWriteAsync(Target target, string seen, JsonNode status, CancellationToken cancellationToken)
    {
        var (key, digest) = (target.ToString(), Digest(status));
        for (var attempt = 1; ; attempt++)
        {
            if (await heads.ReadAsync(target.Member, target.Namespace, target.Plural, target.Name, cancellationToken) is not { } head || head.Metadata.Uid != target.Uid)
            {
                LogResourceGone(target.Kind, target.Namespace, target.Name, target.Uid);
                return;
            }

            // Only while nobody has written since: the grain may have lived in another silo meanwhile, and shown something else from there.
            if (IsRepeat(key, Mark(digest, head.Metadata.ResourceVersion)))
            {
                versions.Take(seen, head.Metadata.ResourceVersion, watched: false);
                return;
            }

            try
            {
                if (await ApplyAsync(target, head.Metadata.ResourceVersion, status, cancellationToken) is { } written)
                    Remember(key, seen, digest, written);
                return;
            }
            catch (HttpOperationException refusal) when (refusal.IsConflict() && attempt < Tries)
            {
                // The resource changed between the look and the apply, mostly by the runner's word on its progress.
            }
        }
    }

    private void Remember(string key, string seen, string digest, ResourceHead written)
    {
        recent.Set(key, Mark(digest, written.Metadata.ResourceVersion));
        versions.Take(seen, written.Metadata.ResourceVersion, watched: false);
    }

    private bool IsRepeat(string key, string mark) => recent.TryGet(key, out var last) && last == mark;

    private static string Digest(JsonNode status) => Convert.ToBase64String(SHA256.HashData(Encoding.UTF8.GetBytes(status.ToJsonString())).AsSpan(..12));

    private static string Mark(string digest, string version) => $"{digest}@{version}";

    // A UID in the body would not do: the API server leaves metadata out of account where a status is applied, a resource version apart.
    private Task<ResourceHead?> ApplyAsync(Target target, string resourceVersion, JsonNode status, CancellationToken cancellationToken)
    {
        var metadata = new JsonObject { ["name"] = target.Name, ["resourceVersion"] = resourceVersion };
        if (target.Namespace.Length > 0)
            metadata["namespace"] = target.Namespace;
        var body = new V1Patch(
            new JsonObject { ["apiVersion"] = ApiGroup.ApiVersion, ["kind"] = target.Kind, ["metadata"] = metadata, ["status"] = status.DeepClone() }.ToJsonString(),
            V1Patch.PatchType.ApplyPatch);
        return api.RunAsync(
            target.Member,
            (client, token) => (target.Namespace.Length > 0
                ? client.CustomObjects.PatchNamespacedCustomObjectStatusAsync<ResourceHead>(
                    body, ApiGroup.Name, ApiGroup.Version, target.Namespace, target.Plural, target.Name, fieldManager: ApiGroup.FieldManagers.Status, force: true, cancellationToken: token)
                : client.CustomObjects.PatchClusterCustomObjectStatusAsync<ResourceHead>(
                    body, ApiGroup.Name, ApiGroup.Version, target.Plural, target.Name, fieldManager: ApiGroup.FieldManagers.Status, force: true, cancellationToken: token)).OrMissingAsync(),
            cancellationToken);
    }

    private static bool NamespaceEnds(HttpOperationException refusal) =>
        refusal.Response.StatusCode == HttpStatusCode.Forbidden
        && ApiStatus.Read(refusal.Response.Content)?.Details?.Causes?.Any(cause => cause.Reason == "NamespaceTerminating") is true;

    [LoggerMessage(2511, LogLevel.Debug, "Status of {Kind} {Namespace}/{Name} with UID {Uid} was not shown: the resource is gone")]
    private partial void LogResourceGone(string kind, string @namespace, string name, string uid);

    [LoggerMessage(2512, LogLevel.Debug, "Event {Reason} at {Kind} {Namespace}/{Name} was not recorded: the namespace is gone")]
    private partial void LogEventUnwanted(string reason, string kind, string @namespace, string name);

    private sealed record Target(MemberKey Member, string Namespace, string Plural, string Kind, string Name, string Uid)
    {
        /// <summary>Whether Jobs write there too: without a watch here, what was written last is old soon.</summary>
        public bool HasRunner => Plural is ApiGroup.Backups.Plural or ApiGroup.Restores.Plural;
    }
}
