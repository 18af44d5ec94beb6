using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>Documents with faults: what the API server can see it refuses at once, and the plane's own reader tells all the rest together.</summary>
public sealed class RefusalTests(OpenShop open) : IClassFixture<OpenShop>
{
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private Shop Shop => open.Shop;

    [Theory]
    [InlineData("clusterName: [orders]", "clusterName")]
    [InlineData("clusterName: Orders_1", "clusterName")]
    [InlineData("activeDeadlineSeconds: 5", "activeDeadlineSeconds")]
    [InlineData("activeDeadlineSeconds: 99999999999", "activeDeadlineSeconds")]
    [InlineData("activeDeadlineSeconds: soon", "activeDeadlineSeconds")]
    [InlineData("cancelled: perhaps", "cancelled")]
    [InlineData("type: incremental", "type")]
    public async Task Backup_WithAFieldOfAWrongForm_IsRefusedAtTheDoor(string field, string named)
    {
        string[] spec = ["clusterName: orders", "storageName: s3-main", "type: full"];
        var changed = spec.Where(line => line.Split(':')[0] != field.Split(':')[0]).Append(field);
        var said = await Shop.TryApplyAsync($"apiVersion: backup.controlplane/v1\nkind: MySQLBackup\nmetadata: {{ name: wrong-form }}\nspec:\n  {string.Join("\n  ", changed)}\n");

        Assert.NotEqual(0, said.ExitCode);
        Assert.Contains($"spec.{named}", said.Error, StringComparison.Ordinal);
        Assert.Null(await Shop.FindAsync("wrong-form"));
    }

    [Fact]
    public async Task Backup_WithFieldsThatThisVersionDoesNotKnow_FailsAndNamesAllOfThem()
    {
        const string Name = "unsupported";
        await Shop.Cluster.ApplyAsync(Shop.Namespace, $$"""
            apiVersion: backup.controlplane/v1
            kind: MySQLBackup
            metadata: { name: {{Name}} }
            spec:
              clusterName: orders
              storageName: s3-main
              incrementalBaseBackupName: backup0
              containerOptions: { args: { xtrabackup: [ "--target-dir=/tmp", "--password=planted-password" ], xbstream: [ "-v" ] } }
            """);
        await using var backup = new RunningBackup(Shop, Name, deletesData: false);

        var ended = await backup.EndAsync("Failed", Soon);

        Assert.Equal("Invalid", ended.Reason);
        Assert.All(["incrementalBaseBackupName", "target-dir", "password", "xbstream"], named => Assert.Contains(named, ended.Message, StringComparison.Ordinal));
        Assert.DoesNotContain("planted-password", ended.Resource["status"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Empty(await backup.JobsAsync());
    }

    [Fact]
    public async Task Cluster_WithManyFaults_IsToldAllOfThemAtOnce()
    {
        await Shop.Cluster.ApplyAsync(Shop.Namespace, """
            apiVersion: backup.controlplane/v1
            kind: MySQLCluster
            metadata: { name: faulty }
            spec:
              workload: { name: nowhere, container: xtrabackup }
              credentialsSecret: orders-backup
              backup:
                enabled: true
                pitr: { enabled: true }
                storages:
                  one: { type: s3, s3: { bucket: backups, endpointUrl: "http://169.254.169.254" } }
                  two: { type: filesystem, s3: { bucket: backups } }
            """);
        try
        {
            var seen = await Wait.UntilAsync("condition Accepted", Soon, async () => (await Shop.Cluster.GetAsync($"apis/backup.controlplane/v1/namespaces/{Shop.Namespace}/mysqlclusters/faulty"))!,
                resource => Shop.Condition(resource, "Accepted") is not null);
            var accepted = Shop.Condition(seen, "Accepted")!;

            Assert.Equal("False", (string?)accepted["status"]);
            Assert.All(["image", "pitr", "endpointUrl", "two", "container"], named => Assert.Contains(named, (string?)accepted["message"], StringComparison.Ordinal));
        }
        finally
        {
            await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "mysqlcluster", "faulty", "--timeout=60s");
        }
    }

    [Fact]
    public async Task Cluster_ThatBecomesFaulty_KeepsItsLastGoodSpec()
    {
        await Shop.ChangeAsync(new { backup = new { pitr = new { enabled = true } } });
        try
        {
            await Wait.UntilAsync("a fault", Soon, Shop.ResourceAsync, resource => (string?)Shop.Condition(resource, "Accepted")?["status"] == "False");
            await using var backup = await Shop.BackUpAsync(new("on-the-last-good-spec"));
            await backup.EndAsync("Succeeded");
        }
        finally
        {
            await Shop.ChangeAsync(new { backup = new { pitr = (object?)null } });
            await Wait.UntilAsync("no fault", Soon, Shop.ResourceAsync, resource => (string?)Shop.Condition(resource, "Accepted")?["status"] == "True");
        }
    }

    [Theory]
    [InlineData("mysqlcluster.spec.backup.storages")]
    [InlineData("mysqlbackup.spec")]
    [InlineData("mysqlbackup.status.progress")]
    [InlineData("mysqlbackup.status.attempts")]
    public async Task Explain_OfAnyField_DescribesAllOfItsFields(string path)
    {
        var said = await Shop.Cluster.KubectlAsync("explain", path);

        Assert.Contains("DESCRIPTION:", said, StringComparison.Ordinal);
        Assert.DoesNotContain("<no description>", said, StringComparison.Ordinal);
        Assert.DoesNotContain("<empty>", said, StringComparison.Ordinal);
    }
}
