using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;
using k8s;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Schedules;

/// <summary>Makes the resources of backups that schedules ask for. A conflict means that it is there already.</summary>
internal sealed partial class BackupRequester(MemberConnections members, ApiCalls api, ILogger<BackupRequester> logger) : IBackupRequester
{
    public async Task RequestAsync(BackupOrder order, CancellationToken cancellationToken)
    {
        var (client, space) = (members.For(order.Backup.Member).CustomObjects, order.Backup.Namespace);
        var document = Build(order).ToJsonString();
        var made = await api.RunAsync(
            token => client.CreateNamespacedCustomObjectAsync<ResourceHead>(
                System.Text.Json.JsonSerializer.Deserialize<System.Text.Json.JsonElement>(document), ApiGroup.Name, ApiGroup.Version, space, ApiGroup.Backups.Plural, cancellationToken: token).OrPresentAsync(),
            cancellationToken);
        if (made is not null)
            LogRequested(order.Backup.ToString(), order.Schedule, order.Due);
        else
            await CheckAsync(order, cancellationToken);
    }

    /// <summary>The resource as a person would have written it, with what tells whose it is.</summary>
    internal static JsonObject Build(BackupOrder order) => new()
    {
        ["apiVersion"] = ApiGroup.ApiVersion,
        ["kind"] = ApiGroup.Backups.Kind,
        ["metadata"] = new JsonObject
        {
            ["name"] = order.Backup.Name,
            ["namespace"] = order.Backup.Namespace,
            ["labels"] = new JsonObject
            {
                [ApiGroup.Labels.Cluster] = order.ClusterName,
                [ApiGroup.Labels.Schedule] = order.Schedule,
                [ApiGroup.Labels.Type] = "full",
                [ApiGroup.Labels.ManagedBy] = ApiGroup.Labels.ManagedByValue,
            },
            ["annotations"] = new JsonObject { [ApiGroup.Annotations.Due] = KubernetesTime.Write(order.Due) },
            ["finalizers"] = new JsonArray(ApiGroup.Backups.DeleteDataFinalizer),
        },
        ["spec"] = new JsonObject { ["clusterName"] = order.ClusterName, ["storageName"] = order.StorageName, ["type"] = "full" },
    };

    // Somebody may have made one of the very name by hand: that is not what the schedule asked for.
    private async Task CheckAsync(BackupOrder order, CancellationToken cancellationToken)
    {
        var present = await api.RunAsync(
            token => members.For(order.Backup.Member).CustomObjects.GetNamespacedCustomObjectAsync<ResourceHead>(
                ApiGroup.Name, ApiGroup.Version, order.Backup.Namespace, ApiGroup.Backups.Plural, order.Backup.Name, cancellationToken: token).OrMissingAsync(),
            cancellationToken);
        if (present is not null && present.Metadata.Labels?.TryGetValue(ApiGroup.Labels.Schedule, out var schedule) is not true)
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"A MySQLBackup '{order.Backup.Name}' exists that no schedule made: rename or delete it."));
    }

    [LoggerMessage(2531, LogLevel.Information, "Backup {Backup} was asked for by schedule {Schedule}, due {Due}")]
    private partial void LogRequested(string backup, string schedule, DateTimeOffset due);
}
