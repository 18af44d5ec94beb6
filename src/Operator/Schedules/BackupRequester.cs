using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;
using k8s;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Schedules;

/// <summary>Makes the resources of backups that schedules ask for, and of those that are in the store without one. A conflict means that it is there already.</summary>
internal sealed partial class BackupRequester(ApiCalls api, ResourceHeads heads, ILogger<BackupRequester> logger) : IBackupRequester
{
    public async Task RequestAsync(BackupOrder order, CancellationToken cancellationToken)
    {
        var space = order.Backup.Namespace;
        var document = Build(order).ToJsonString();
        var made = await api.RunAsync(
            order.Backup.Member,
            (client, token) => client.CustomObjects.CreateNamespacedCustomObjectAsync<ResourceHead>(
                JsonSerializer.Deserialize<JsonElement>(document), ApiGroup.Name, ApiGroup.Version, space, ApiGroup.Backups.Plural, cancellationToken: token).OrPresentAsync(),
            cancellationToken);
        if (made is not null)
            LogRequested(order.Backup.ToString(), order.Schedule, order.Due);
        else
            await CheckAsync(order, cancellationToken);
    }

    public async Task<string?> RequestAsync(ImportOrder order, CancellationToken cancellationToken)
    {
        foreach (var name in new[] { order.Folder.Name, order.SecondName() })
        {
            var made = await api.RunAsync(
                order.Cluster.Member,
                (client, token) => client.CustomObjects.CreateNamespacedCustomObjectAsync<ResourceHead>(
                    JsonSerializer.Deserialize<JsonElement>(Build(order, name).ToJsonString()), ApiGroup.Name, ApiGroup.Version, order.Cluster.Namespace, ApiGroup.Backups.Plural, cancellationToken: token).OrPresentAsync(),
                cancellationToken);
            if (made is not null)
            {
                LogImported(order.Cluster.ToString(), order.Folder.ToString(), name);
                return name;
            }

            var present = await heads.ReadAsync(new(order.Cluster.Member, order.Cluster.Namespace, name), cancellationToken);
            if (present?.Spec?.ImportFrom?.Folder == order.Folder.ToString() && present.Spec.ClusterName == order.Cluster.Name)
                return name;
            if (present?.Metadata.Uid == order.Folder.Uid)
                return null;
        }

        throw new InvalidOperationException($"MySQLBackups '{order.Folder.Name}' and '{order.SecondName()}' exist, and neither is that of folder '{order.Folder}': rename or delete one of them.");
    }

    /// <summary>
    /// The resource of a backup that is in the store. Where a schedule had asked for it, it has the finalizer that it had: then the schedule's rules
    /// let it go again. Who asked for one by hand decides anew whether its data goes with its resource.
    /// </summary>
    internal static JsonObject Build(ImportOrder order, string name)
    {
        var labels = new JsonObject
        {
            [ApiGroup.Labels.Cluster] = order.Cluster.Name,
            [ApiGroup.Labels.Type] = "full",
            [ApiGroup.Labels.ManagedBy] = ApiGroup.Labels.ManagedByValue,
        };
        var metadata = new JsonObject { ["name"] = name, ["namespace"] = order.Cluster.Namespace, ["labels"] = labels };
        if (order.Schedule is { } schedule)
        {
            labels[ApiGroup.Labels.Schedule] = schedule;
            metadata["finalizers"] = new JsonArray(ApiGroup.Backups.DeleteDataFinalizer);
            if (order.Due is { } due)
                metadata["annotations"] = new JsonObject { [ApiGroup.Annotations.Due] = KubernetesTime.Write(due) };
        }

        return new()
        {
            ["apiVersion"] = ApiGroup.ApiVersion,
            ["kind"] = ApiGroup.Backups.Kind,
            ["metadata"] = metadata,
            ["spec"] = new JsonObject
            {
                ["clusterName"] = order.Cluster.Name,
                ["storageName"] = order.StorageName,
                ["type"] = "full",
                ["importFrom"] = new JsonObject { ["folder"] = order.Folder.ToString() },
            },
        };
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
        var present = await heads.ReadAsync(order.Backup, cancellationToken);
        if (present is not null && present.Metadata.Labels?.TryGetValue(ApiGroup.Labels.Schedule, out var schedule) is not true)
            throw new InvalidOperationException(string.Create(
                CultureInfo.InvariantCulture, $"A MySQLBackup '{order.Backup.Name}' exists that no schedule made: rename or delete it."));
    }

    [LoggerMessage(2562, LogLevel.Information, "Cluster {Cluster}: folder {Folder} has the resource {Backup} now")]
    private partial void LogImported(string cluster, string folder, string backup);

    [LoggerMessage(2561, LogLevel.Information, "Backup {Backup} was asked for by schedule {Schedule}, due {Due}")]
    private partial void LogRequested(string backup, string schedule, DateTimeOffset due);
}
