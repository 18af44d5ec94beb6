using System.Globalization;
using System.Text;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>The documents that are applied: those of <c>deploy/</c> as they are, but for what the development cluster's store demands.</summary>
internal static class Documents
{
    /// <summary>The name in <c>deploy/backup/backup.yaml</c>.</summary>
    internal const string ExampleBackupName = "backup1";

    internal static string Read(string path) => File.ReadAllText(Path.Combine(DevEnvironment.Checkout, path));

    /// <summary><c>deploy/cr.yaml</c> with the bucket, region, endpoint and image of the development cluster.</summary>
    internal static string Cluster(DevEnvironment environment, string bucket)
    {
        var text = new StringBuilder(Read("deploy/cr.yaml"));
        Fill("bucket:", bucket);
        Fill("endpointUrl:", environment["S3_ENDPOINT"]);
        Fill("region:", environment["S3_REGION"]);
        Fill("image:", "localhost/controlplane/sidecar:dev");
        return text.ToString();

        void Fill(string field, string value)
        {
            var lines = text.ToString().Split('\n');
            var index = Array.FindIndex(lines, line => line.TrimStart().StartsWith(field, StringComparison.Ordinal));
            Assert.True(index >= 0, $"deploy/cr.yaml has no line with {field}");
            lines[index] = lines[index][..lines[index].IndexOf(field, StringComparison.Ordinal)] + $"{field} {value}";
            text.Clear().AppendJoin('\n', lines);
        }
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
