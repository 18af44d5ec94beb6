using System.Net;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Operator.Resources;
using k8s;
using k8s.Autorest;
using k8s.Models;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Status;

/// <summary>Takes a finalizer off a backup, and touches nothing else: neither a namesake nor somebody else's finalizer.</summary>
internal sealed partial class FinalizerRemover(ApiCalls api, ResourceHeads heads, ILogger<FinalizerRemover> logger)
{
    private const int Tries = 5;

    public async Task RemoveAsync(BackupKey backup, string uid, string finalizer, CancellationToken cancellationToken)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await heads.ReadAsync(backup, cancellationToken) is not { } head || head.Metadata.Uid != uid)
                return;
            var place = head.Metadata.Finalizers?.IndexOf(finalizer) ?? -1;
            if (place < 0)
                return;
            try
            {
                await api.RunAsync(backup.Member, (client, token) => PatchAsync(client, backup, Patch(uid, finalizer, place), token).OrMissingAsync(), cancellationToken);
                LogReleased(backup, uid);
                return;
            }
            catch (HttpOperationException refusal)
                when (attempt < Tries && refusal.Response.StatusCode is (HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity))
            {
                // Somebody changed the list between the look and the patch: the tests in the patch failed, and the next look decides.
            }
        }
    }

    /// <summary>A JSON patch that fails unless resource and finalizer are still the ones that were seen.</summary>
    internal static string Patch(string uid, string finalizer, int place) => new JsonArray(
        new JsonObject { ["op"] = "test", ["path"] = "/metadata/uid", ["value"] = uid },
        new JsonObject { ["op"] = "test", ["path"] = $"/metadata/finalizers/{place}", ["value"] = finalizer },
        new JsonObject { ["op"] = "remove", ["path"] = $"/metadata/finalizers/{place}" }).ToJsonString();

    private static Task<ResourceHead> PatchAsync(Kubernetes client, BackupKey backup, string patch, CancellationToken cancellationToken) =>
        client.CustomObjects.PatchNamespacedCustomObjectAsync<ResourceHead>(
            new V1Patch(patch, V1Patch.PatchType.JsonPatch), ApiGroup.Name, ApiGroup.Version, backup.Namespace, ApiGroup.Backups.Plural, backup.Name,
            fieldManager: ApiGroup.FieldManagers.Objects, cancellationToken: cancellationToken);

    [LoggerMessage(2521, LogLevel.Information, "Backup {Backup} with UID {Uid} was let go")]
    private partial void LogReleased(BackupKey backup, string uid);
}
