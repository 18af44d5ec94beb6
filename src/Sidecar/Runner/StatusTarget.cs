using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>The resource in whose status progress is shown.</summary>
/// <param name="Kind">Its kind.</param>
/// <param name="Plural">The kind's name in addresses.</param>
/// <param name="Resource">Which one.</param>
/// <param name="FieldManager">Whose the applied fields are.</param>
internal sealed record StatusTarget(string Kind, string Plural, BackupIdentity Resource, string FieldManager)
{
    /// <summary>Where it is applied.</summary>
    internal string Address => $"/apis/backup.controlplane/v1/namespaces/{Resource.Namespace}/{Plural}/{Resource.Name}/status?fieldManager={FieldManager}&force=true";

    /// <summary>Of a backup.</summary>
    internal static StatusTarget Of(BackupIdentity backup) => new("MySQLBackup", "mysqlbackups", backup, BackupProgress.FieldManager);

    /// <summary>Of a restore, for one of its volumes.</summary>
    internal static StatusTarget Of(BackupIdentity restore, string volume) => new("MySQLRestore", "mysqlrestores", restore, RestoreProgress.FieldManager(volume));

    /// <summary>The status of a backup with its progress.</summary>
    internal static JsonObject Status(BackupProgress progress) => new() { ["progress"] = JsonSerializer.SerializeToNode(progress, ProtocolJson.Default.BackupProgress) };

    /// <summary>The status of a restore with the progress of one volume; the list's key is the name.</summary>
    internal static JsonObject Status(RestoreProgress progress) => new() { ["volumes"] = new JsonArray(JsonSerializer.SerializeToNode(progress, ProtocolJson.Default.RestoreProgress)) };

    /// <summary>What is applied. With the UID in it, the server refuses to touch a later resource of the same name.</summary>
    internal string Document(JsonObject status) => new JsonObject
    {
        ["apiVersion"] = "backup.controlplane/v1",
        ["kind"] = Kind,
        ["metadata"] = new JsonObject { ["name"] = Resource.Name, ["uid"] = Resource.Uid },
        ["status"] = status,
    }.ToJsonString();
}
