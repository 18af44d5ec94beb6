using System.Globalization;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>A good backup is proven and nothing is left behind; one that is not, and a result that is another, are loud and named.</summary>
public sealed class DrillTests(OpenShop open) : IClassFixture<OpenShop>
{
    private const string Count = "select count(*), sum(crc32(concat_ws('|', id, customer, note))) from shop.orders";

    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(30);

    private Shop Shop => open.Shop;

    [Fact]
    public async Task Drill_OfTheNewestBackup_ProvesItBesideTheLiveDatabaseAndLeavesNothing()
    {
        var rows = await Shop.Database.AskAsync(Shop.Primary, Count);
        await using var backup = await Shop.BackUpAsync(new("proven"));
        await backup.EndAsync("Succeeded");
        var pods = await PodsAsync();

        await using var drill = await RunningDrill.BeginAsync(Shop, "good", "checks:", "  queries:", $"    - query: \"{Count}\"", $"      expected: \"{rows.Replace("\t", "\\t", StringComparison.Ordinal)}\"");
        var round = await drill.RoundAsync(1, "Passed");

        Assert.Equal(("Proven", backup.Name, 1, 0), ((string?)round["reason"], (string?)round["backup"], (int?)round["queriesPassed"], (int?)round["faults"]));
        Assert.True((double)round["recoverySeconds"]! > 0 && (int)round["tablesChecked"]! > 0 && (long)round["rows"]! > 0, round.ToJsonString());
        var verified = await Wait.UntilAsync("condition Verified", Soon, backup.SeeAsync, seen => Condition(seen.Status, "Verified") == "True");
        Assert.Equal((drill.Name, "Passed"), ((string?)verified.Status!["verified"]!["drill"], (string?)verified.Status["verified"]!["outcome"]));
        var cluster = await Wait.UntilAsync("condition Proven", Soon, Shop.ResourceAsync, seen => Condition(seen["status"], "Proven") == "True");
        Assert.Equal((backup.Name, (string?)round["completed"]), ((string?)cluster["status"]!["proven"]!["backup"], (string?)cluster["status"]!["provenAt"]));
        Assert.Contains("Proven", await drill.EventsAsync("Normal"));
        await drill.ClearedAsync();
        Assert.Equal(pods, await PodsAsync());
    }

    [Fact]
    public async Task Drill_OfABackupWithAFlippedByte_FailsLoudlyAndNamesTheObject()
    {
        await using var backup = await Shop.BackUpAsync(new("flipped"));
        var taken = await backup.EndAsync("Succeeded");
        var spoiled = await Shop.Bucket.FlipABitAsync(taken.Prefix);

        await using var drill = await RunningDrill.BeginAsync(Shop, "flipped", "backup:", $"  name: {backup.Name}");
        var round = await drill.RoundAsync(1, "Failed");

        Assert.Equal("ManifestMismatch", (string?)round["reason"]);
        Assert.Contains(spoiled, (string)round["message"]!, StringComparison.Ordinal);
        var seen = await Wait.UntilAsync("condition Verified", Soon, backup.SeeAsync, seen => Condition(seen.Status, "Verified") == "False");
        Assert.Equal("Succeeded", seen.Phase);
        var cluster = await Wait.UntilAsync("condition Proven", Soon, Shop.ResourceAsync, seen => Condition(seen["status"], "Proven") == "False");
        Assert.Contains(drill.Name, (string)Shop.Condition(cluster, "Proven")!["message"]!, StringComparison.Ordinal);
        Assert.Contains("ManifestMismatch", await drill.EventsAsync("Warning"));
        await drill.ClearedAsync();
    }

    [Fact]
    public async Task Drill_WithAnotherResultThanTheExpectedOne_SaysWhichQueryUntilItIsMended()
    {
        await using var backup = await Shop.BackUpAsync(new("asked"));
        await backup.EndAsync("Succeeded");

        await using var drill = await RunningDrill.BeginAsync(
            Shop, "asked", "backup:", $"  name: {backup.Name}", "checks:", "  tables: 1", "  countRows: false", "  queries:", "    - query: select 1 + 1", "    - query: select 4700 + 11", "      expected: \"4712\"");
        var failed = await drill.RoundAsync(1, "Failed");

        Assert.Equal("DrillFailed", (string?)failed["reason"]);
        Assert.Equal("Query 2 has another result than the expected one.", (string?)Assert.Single(failed["findings"]!.AsArray()));
        Assert.DoesNotContain("4711", (await drill.SeeAsync())["status"]!.ToJsonString(), StringComparison.Ordinal);
        Assert.Contains("DrillFailed", await drill.EventsAsync("Warning"));
        await Wait.UntilAsync("condition Verified", Soon, backup.SeeAsync, seen => Condition(seen.Status, "Verified") == "False");

        await drill.ChangeAsync(new { checks = new { queries = new[] { new { query = "select 4700 + 11", expected = "4711" } } } });
        await drill.RunAsync(string.Create(CultureInfo.InvariantCulture, $"again {TimeProvider.System.GetTimestamp()}"));
        var passed = await drill.RoundAsync(2, "Passed");

        Assert.Equal((1, 1), ((int?)passed["queriesPassed"], (int?)passed["tablesChecked"]));
        await Wait.UntilAsync("condition Verified", Soon, backup.SeeAsync, seen => Condition(seen.Status, "Verified") == "True");
    }

    [Fact]
    public async Task Drill_OfABackupWithACorruptTable_IsLoudAndNamesTheTable()
    {
        await Shop.Database.AskAsync(Shop.Primary, "create table shop.worn (id int primary key, word varchar(200)) engine=myisam; insert into shop.worn select seq, repeat(md5(seq), 4) from shop.seq_1_to_2000");
        try
        {
            // A file engine whose pages nobody checks: a copy of it is as good as its original, and no better.
            await Shop.Database.ReplicaFollowsAsync();
            await Shop.Database.AskAsync(Shop.Replica, "flush local tables shop.worn");
            await Shop.Containers.InMountsAsync(
                Shop.Namespace, Shop.Replica, "mysql", "sh", "-c", "dd if=/dev/zero of=/var/lib/mysql/shop/worn.MYI bs=1024 seek=4 count=8 conv=notrunc");
            await using var backup = await Shop.BackUpAsync(new("worn") { SourcePod = Shop.Replica });
            await backup.EndAsync("Succeeded");

            await using var drill = await RunningDrill.BeginAsync(Shop, "worn", "backup:", $"  name: {backup.Name}");
            var round = await drill.RoundAsync(1, "Failed");

            Assert.Equal("DrillFailed", (string?)round["reason"]);
            Assert.Contains(round["findings"]!.AsArray(), finding => ((string)finding!).StartsWith("CHECK TABLE shop.worn: ", StringComparison.Ordinal));
            Assert.Contains("DrillFailed", await drill.EventsAsync("Warning"));
            await Wait.UntilAsync("condition Verified", Soon, backup.SeeAsync, seen => Condition(seen.Status, "Verified") == "False");
        }
        finally
        {
            await Shop.Database.AskAsync(Shop.Primary, "drop table shop.worn");
        }
    }

    [Fact]
    public async Task Drill_OfASealedBackupWhoseKeyIsGone_SaysWhichUntilItIsBack()
    {
        var key = new string('3', 64);
        await Shop.ApplySecretAsync("drill-keys", ("key-1", key));
        await Shop.AddStorageAsync("sealed", new { encryptionKeySecret = new { name = "drill-keys", key = "key-1" } });
        await using var backup = await Shop.BackUpAsync(new("sealed") { Storage = "sealed" });
        await backup.EndAsync("Succeeded");
        await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "secret", "drill-keys");
        await Shop.ApplySecretAsync("drill-keys", ("key-2", key));

        await using var drill = await RunningDrill.BeginAsync(Shop, "keyless", "backup:", $"  name: {backup.Name}");
        var failed = await drill.RoundAsync(1, "Failed");
        Assert.Contains("key-1", (string)failed["message"]!, StringComparison.Ordinal);
        Assert.Contains((string)failed["reason"]!, await drill.EventsAsync("Warning"));
        await Wait.UntilAsync("condition Verified", Soon, backup.SeeAsync, seen => Condition(seen.Status, "Verified") == "False");

        await Shop.ApplySecretAsync("drill-keys", ("key-1", key));
        await drill.RunAsync("the key is back");
        await drill.RoundAsync(2, "Passed");
    }

    private static string? Condition(JsonNode? status, string type) =>
        (string?)status?["conditions"]?.AsArray().FirstOrDefault(condition => (string?)condition!["type"] == type)?["status"];

    private async Task<string> PodsAsync() => string.Join(' ', (await Shop.Cluster.ListAsync($"api/v1/namespaces/{Shop.Namespace}/pods?labelSelector=app=orders-mysql"))
        .Select(pod => $"{pod["metadata"]!["uid"]} {string.Join(',', pod["status"]!["containerStatuses"]!.AsArray().Select(container => container!["restartCount"]))}"));
}
