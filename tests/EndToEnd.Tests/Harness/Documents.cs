using System.Globalization;
using System.Text;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The documents that are applied: those of <c>deploy/</c> as they are, and backups of every other kind.</summary>
internal static class Documents
{
    /// <summary>The name in <c>deploy/backup/backup.yaml</c>.</summary>
    internal const string ExampleBackupName = "backup1";

    internal static string Read(string path) => File.ReadAllText(Path.Combine(DevEnvironment.Checkout, path));

    /// <summary>A storage that <c>deploy/cr.yaml</c> shows in its comments, as it reads once the marks of the comment are taken away.</summary>
    internal static string ExampleStorage(string name)
    {
        const string Mark = "      # ";
        var lines = Read("deploy/cr.yaml").Split('\n').SkipWhile(line => line != $"{Mark}{name}:").ToArray();
        Assert.True(lines.Length > 0, $"deploy/cr.yaml shows no storage {name}");
        var storage = lines.Take(1).Concat(lines.Skip(1).TakeWhile(line => line.StartsWith(Mark + "  ", StringComparison.Ordinal)));
        return string.Join('\n', storage.Select(line => line.Remove(Mark.Length - 2, 2)));
    }

    internal static string Backup(string name, BackupRequest request)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"apiVersion: backup.controlplane/v1\nkind: MySQLBackup\nmetadata:\n  name: {name}\n");
        if (request.DeletesData)
            text.Append("  finalizers: [ backup.controlplane/delete-data ]\n");
        text.Append(CultureInfo.InvariantCulture, $"spec:\n  clusterName: {request.Cluster}\n  storageName: {request.Storage}\n  type: full\n");
        if (request.SourcePod is { } pod)
            text.Append(CultureInfo.InvariantCulture, $"  sourcePod: {pod}\n");
        if (request.ActiveDeadlineSeconds is { } seconds)
            text.Append(CultureInfo.InvariantCulture, $"  activeDeadlineSeconds: {seconds}\n");
        if (request.Throttle is { } throttle)
            text.Append(CultureInfo.InvariantCulture, $"  containerOptions: {{ args: {{ xtrabackup: [ \"--throttle={throttle}\" ] }} }}\n");
        return text.ToString();
    }
}
