using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo.Tests.Fleet;

/// <summary>What the read model is, in whichever database: written by one writer a kind, read without asking anybody.</summary>
public abstract class FleetSuite
{
    protected static readonly MemberKey North = new("north");
    protected static readonly MemberKey South = new("south");
    private static readonly DateTimeOffset Noon = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    [Fact]
    public async Task Write_RowsThenChangesThenTheirEnd_ShowsEachAndCountsThem()
    {
        using var fleet = await OpenedAsync();
        var claim = await fleet.View.ClaimAsync(North, RowKind.Backup, default);
        Assert.True(await fleet.View.WriteAsync(Batch(claim, [Backup(1), Backup(2, "Running"), Backup(3, "Failed")]), default));
        Assert.Equal(["b3", "b2", "b1"], await fleet.NamesAsync("backups"));
        Assert.Equal(new Dictionary<string, long> { ["Failed"] = 1, ["Running"] = 1, ["Succeeded"] = 1 }, (await fleet.TotalsAsync()).Backups.ByPhase);

        // Again the same, and a change: nothing is counted twice.
        Assert.True(await fleet.View.WriteAsync(Batch(claim, [Backup(1), Backup(2), Backup(3, "Failed")]), default));
        var totals = (await fleet.TotalsAsync()).Backups;
        Assert.Equal((3, 2 * 50L), (totals.Count, totals.StoredBytes));
        Assert.Equal(2, totals.ByPhase["Succeeded"]);

        // One that went, and a namesake's end that came late.
        Assert.True(await fleet.View.WriteAsync(Batch(claim, []) with { Gone = [new("shop", "b2", "u2"), new("shop", "b1", "another")] }, default));
        Assert.Equal(["b3", "b1"], await fleet.NamesAsync("backups"));
        Assert.Equal((2, 50L), ((await fleet.TotalsAsync()).Backups.Count, (await fleet.TotalsAsync()).Backups.StoredBytes));
    }

    [Fact]
    public async Task Write_OfAnEarlierClaim_IsRefusedAndChangesNothing()
    {
        using var fleet = await OpenedAsync();
        var late = await fleet.View.ClaimAsync(North, RowKind.Backup, default);
        Assert.True(await fleet.View.WriteAsync(Batch(late, [Backup(1)]), default));
        var owner = await fleet.View.ClaimAsync(North, RowKind.Backup, default);

        Assert.False(await fleet.View.WriteAsync(Batch(late, [Backup(2)]) with { Gone = [new("shop", "b1", "u1")], Synced = Noon, Replaces = true }, default));
        Assert.Equal(["b1"], await fleet.NamesAsync("backups"));
        Assert.True(await fleet.View.WriteAsync(Batch(owner, [Backup(3)]), default));
        Assert.True(await fleet.View.WriteAsync(Batch(await fleet.View.ClaimAsync(South, RowKind.Backup, default), [Backup(1)]) with { Member = South }, default));
        Assert.Equal(3, (await fleet.TotalsAsync()).Backups.Count);
    }

    [Fact]
    public async Task Write_ACompleteList_RemovesWhatIsGoneAndNothingOfOthers()
    {
        using var fleet = await OpenedAsync();
        var first = await fleet.View.ClaimAsync(North, RowKind.Backup, default);
        foreach (var part in Enumerable.Range(0, 1500).Chunk(FleetBatch.Most))
            Assert.True(await fleet.View.WriteAsync(Batch(first, [.. part.Select(number => Backup(number))]), default));
        Assert.True(await fleet.View.WriteAsync(Batch(await fleet.View.ClaimAsync(South, RowKind.Backup, default), [Backup(1)]) with { Member = South }, default));
        Assert.Null(await fleet.SyncedAsync());

        // The silo died, or its database was away: the next list says all that there is.
        var second = await fleet.View.ClaimAsync(North, RowKind.Backup, default);
        Assert.True(await fleet.View.WriteAsync(Batch(second, [Backup(7), Backup(8, "Failed")]), default));
        Assert.True(await fleet.View.WriteAsync(Batch(second, [Backup(9)]) with { Synced = Noon, Replaces = true }, default));

        Assert.Equal(["b9", "b8", "b7"], await fleet.NamesAsync("backups", ("member", "north")));
        Assert.Equal(["b1"], await fleet.NamesAsync("backups", ("member", "south")));
        Assert.Equal(4, (await fleet.TotalsAsync()).Backups.Count);
        Assert.Equal(1, (await fleet.TotalsAsync()).Backups.ByPhase["Failed"]);
        Assert.Equal(Noon, await fleet.SyncedAsync());
    }

    [Fact]
    public async Task Read_PageByPage_ShowsEachOnceInTheOrderOfTheList()
    {
        using var fleet = await OpenedAsync();
        var claim = await fleet.View.ClaimAsync(North, RowKind.Backup, default);

        // Many of the same instant: the order is total all the same.
        await fleet.View.WriteAsync(Batch(claim, [.. Enumerable.Range(0, 250).Select(number => Backup(number) with { Created = Noon.AddHours(number / 10) })]), default);
        var (seen, next, pages) = (new List<string>(), default(string), 0);
        do
        {
            var page = await fleet.AskAsync("backups", [("limit", "40"), .. next is null ? [] : new[] { ("after", next) }]);
            seen.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()!));
            next = page.RootElement.TryGetProperty("next", out var token) ? token.GetString() : null;

            // What comes and changes meanwhile moves nothing.
            await fleet.View.WriteAsync(Batch(claim, [Backup(5000 + pages) with { Created = Noon.AddYears(1) }, Backup(100 + pages, "Failed") with { Created = Noon.AddHours((100 + pages) / 10) }]), default);
            pages++;
        }
        while (next is not null);

        Assert.Equal(7, pages);
        Assert.Equal(250, seen.Distinct().Count());
        Assert.Equal(250, seen.Count);
        Assert.Equal(Enumerable.Range(0, 25).Reverse(), seen.Select(name => int.Parse(name[1..], System.Globalization.CultureInfo.InvariantCulture) / 10).Distinct());
    }

    [Theory]
    [InlineData("cluster=c1", "b1,b6")]
    [InlineData("namespace=ledger", "b9")]
    [InlineData("phase=Failed", "b3")]
    [InlineData("phase=Succeeded&storage=volume", "b4")]
    [InlineData("storage=volume&member=north", "b4")]
    [InlineData("member=nowhere", "")]
    [InlineData("schedule=nightly", "b5")]
    [InlineData("verified=Passed", "b6")]
    [InlineData("verified=None&unusual=true", "b7")]
    [InlineData("text=B9", "b9")]
    [InlineData("text=%25", "")]
    [InlineData("newerThan=4h", "b0,b1")]
    [InlineData("olderThan=10h", "b9")]
    [InlineData("phase=Succeeded&cluster=c1&text=b6", "b6")]
    public async Task Backups_Filtered_AreThoseAskedFor(string query, string expected)
    {
        using var fleet = await OpenedAsync(Noon.AddHours(2));
        var claim = await fleet.View.ClaimAsync(North, RowKind.Backup, default);
        await fleet.View.WriteAsync(Batch(claim, [.. Enumerable.Range(0, 10).Select(number => Backup(number, number == 3 ? "Failed" : "Succeeded") with
        {
            Created = Noon.AddHours(-number),
            Cluster = number is 1 or 6 ? "c1" : "c2",
            Namespace = number == 9 ? "ledger" : "shop",
            Storage = number == 4 ? "volume" : "s3-main",
            Schedule = number == 5 ? "nightly" : "",
            Verified = number == 6 ? "Passed" : "",
            Unusual = number == 7 ? ",SizeCollapsed," : ",",
        })]), default);

        Assert.Equal(expected, string.Join(',', (await fleet.NamesAsync("backups", Parts(query))).Order(StringComparer.Ordinal)));
    }

    [Theory]
    [InlineData("", "c0,c1,c2,c3,c4")]
    [InlineData("sort=recoveryPoint", "c4,c3,c2,c1,c0")]
    [InlineData("phase=Ready", "c0,c1,c2")]
    [InlineData("storage=s3-main", "c0,c1,c2,c3")]
    [InlineData("storage=main", "")]
    [InlineData("policy=gold", "c2")]
    [InlineData("covered=false", "c0,c1,c3,c4")]
    [InlineData("missed=rpo", "c1,c3")]
    [InlineData("missed=provenWithin", "c3")]
    [InlineData("missed=any", "c1,c3")]
    [InlineData("olderThan=150m", "c3,c4")]
    [InlineData("text=C4", "c4")]
    [InlineData("namespace=shop&missed=any&limit=1", "c1")]
    public async Task Clusters_Filtered_AreThoseAskedFor(string query, string expected)
    {
        using var fleet = await OpenedAsync(Noon);
        await FillClustersAsync(fleet);

        Assert.Equal(expected, string.Join(',', await fleet.NamesAsync("clusters", Parts(query))));
    }

    [Theory]
    [InlineData("name")]
    [InlineData("recoveryPoint")]
    public async Task Clusters_PageByPage_AreEachShownOnce(string sort)
    {
        using var fleet = await OpenedAsync(Noon);
        await FillClustersAsync(fleet);
        var (seen, next) = (new List<string>(), default(string));
        do
        {
            var page = await fleet.AskAsync("clusters", [("limit", "2"), ("sort", sort), .. next is null ? [] : new[] { ("after", next) }]);
            seen.AddRange(page.RootElement.GetProperty("items").EnumerateArray().Select(item => item.GetProperty("name").GetString()!));
            next = page.RootElement.TryGetProperty("next", out var token) ? token.GetString() : null;
        }
        while (next is not null);

        Assert.Equal(sort == "name" ? ["c0", "c1", "c2", "c3", "c4"] : ["c4", "c3", "c2", "c1", "c0"], seen);
    }

    [Fact]
    public async Task Unprotected_AreClustersThatNobodyBacksUpAndDatabasesThatNobodyDescribes()
    {
        using var fleet = await OpenedAsync(Noon);
        await FillClustersAsync(fleet);
        var claim = await fleet.View.ClaimAsync(North, RowKind.Database, default);
        await fleet.View.WriteAsync(new()
        {
            Member = North, Kind = RowKind.Database, Claim = claim, Time = Noon, Rows = [new DatabaseRow { Namespace = "aside", Name = "wordpress-db", Uid = "w1", Created = Noon, Workload = "StatefulSet", Image = "mariadb:11", Replicas = 1 }],
        }, default);

        var page = await fleet.AskAsync("unprotected");
        var items = page.RootElement.GetProperty("items").EnumerateArray().Select(item => $"{item.GetProperty("name")} {item.GetProperty("reason")}");
        Assert.Equal(["wordpress-db NoCluster", "c1 NoSchedule", "c3 BackupsDisabled", "c4 NoBackup"], items);
        Assert.Equal(["c1"], await fleet.NamesAsync("unprotected", ("reason", "NoSchedule")));
        Assert.Equal(["c3", "c4"], await fleet.NamesAsync("unprotected", ("after", await fleet.NextAsync("unprotected", ("limit", "2")))));
        Assert.Equal((5, 1), ((await fleet.TotalsAsync()).Clusters.Count, (await fleet.TotalsAsync()).UndescribedDatabases));
        Assert.Equal(new Dictionary<string, long> { ["rpo"] = 2, ["provenWithin"] = 1 }, (await fleet.TotalsAsync()).Clusters.Missed);
    }

    [Theory]
    [InlineData("backups", "limit=0", "limit: \"0\" is no whole number from 1 to 500.")]
    [InlineData("backups", "phase=failed", "phase: \"failed\" is not known; use Pending,")]
    [InlineData("backups", "olderThan=24", "olderThan: \"24\" is no age; use a whole number of minutes, hours, days or weeks, for example 30m, 24h, 7d or 4w.")]
    [InlineData("backups", "after=xyz", "after: \"xyz\" is no place in this list in this order;")]
    [InlineData("backups", "phases=Failed", "phases: \"Failed\" is not known; known here are after, cluster, limit, member,")]
    [InlineData("clusters", "missed=rto,rpo", "missed: \"rto,rpo\" is not known; use rpo, rto, provenWithin or any.")]
    [InlineData("clusters", "text=", "text: \"\" is no text of 1 to 253 characters.")]
    [InlineData("unprotected", "reason=No", "reason: \"No\" is not known; use NoCluster,")]
    [InlineData("totals", "limit=3", "limit: \"3\" is not known; known here are member.")]
    public async Task Ask_WithAParameterThatIsWrong_NamesItAndWhatWouldBeRight(string list, string query, string said)
    {
        using var fleet = await OpenedAsync();

        var fault = Assert.Single(await fleet.FaultsAsync(list, Parts(query)));

        Assert.StartsWith(said, fault.Message, StringComparison.Ordinal);
        Assert.Equal((query.Split('=')[0], query.Split('=')[1]), (fault.Parameter, fault.Value));
    }

    [Fact]
    public async Task Ask_WithManyThatAreWrong_SaysAllAtOnce()
    {
        using var fleet = await OpenedAsync();

        Assert.Equal(["limit", "phase", "olderThan", "sorted"], (await fleet.FaultsAsync("clusters", Parts("limit=x&phase=x&olderThan=x&sorted=x"))).Select(fault => fault.Parameter));
    }

    [Fact]
    public async Task Retain_SomeMembers_ForgetsTheOthers()
    {
        using var fleet = await OpenedAsync();
        foreach (var member in new[] { North, South })
            await fleet.View.WriteAsync(Batch(await fleet.View.ClaimAsync(member, RowKind.Backup, default), [Backup(1)]) with { Member = member }, default);

        await fleet.View.RetainAsync([South], default);

        Assert.Equal(1, (await fleet.TotalsAsync()).Backups.Count);
        Assert.Equal(["south"], (await fleet.TotalsAsync()).AsOf.Select(age => age.Member));
    }

    [Fact]
    public async Task Write_OfOneChangedColumn_IsSeen()
    {
        using var fleet = await OpenedAsync();
        var claim = await fleet.View.ClaimAsync(North, RowKind.Backup, default);
        var row = Backup(1);
        var seen = new HashSet<string>();
        foreach (var changed in new[]
        {
            row, row with { Created = Noon }, row with { Phase = "Failed" }, row with { Reason = "r" }, row with { Cluster = "c" }, row with { Storage = "s" }, row with { Schedule = "n" }, row with { Started = Noon },
            row with { Completed = Noon }, row with { SizeBytes = 7 }, row with { SizeBytes = null }, row with { StoredBytes = 7 }, row with { Verified = "Passed" }, row with { Unusual = ",SizeCollapsed," },
        })
        {
            Assert.True(await fleet.View.WriteAsync(Batch(claim, [changed]), default));
            Assert.True(seen.Add((await fleet.AskAsync("backups")).RootElement.GetProperty("items").ToString()), changed.ToString());
        }

        Assert.Equal((1, 50L), ((await fleet.TotalsAsync()).Backups.Count, (await fleet.TotalsAsync()).Backups.StoredBytes));
    }

    [Theory]
    [InlineData("", "t3,t2,t1,t0")]
    [InlineData("cluster=c1", "t3,t1")]
    [InlineData("phase=Failed", "t2")]
    [InlineData("text=b3", "t3")]
    [InlineData("namespace=ledger&member=north", "t0")]
    [InlineData("olderThan=90m", "t1,t0")]
    public async Task RestoresAndDrills_Filtered_AreThoseAskedForAndNotOneAnother(string query, string expected)
    {
        using var fleet = await OpenedAsync(Noon.AddHours(3));
        foreach (var (kind, count) in new[] { (RowKind.Restore, 4), (RowKind.Drill, 4) })
        {
            var claim = await fleet.View.ClaimAsync(North, kind, default);
            await fleet.View.WriteAsync(new()
            {
                Member = North, Kind = kind, Claim = claim, Time = Noon, Synced = Noon, Replaces = true,
                Rows = [.. Enumerable.Range(0, count).Select(number => new TaskRow
                {
                    Namespace = number == 0 ? "ledger" : "shop", Name = Invariant($"t{number}"), Uid = Invariant($"{kind}{number}"), Created = Noon.AddHours(number), Cluster = Invariant($"c{number % 2}"),
                    Phase = number == 2 ? "Failed" : "Succeeded", Backup = Invariant($"b{number}"),
                })],
            }, default);
        }

        Assert.Equal(expected, string.Join(',', await fleet.NamesAsync("restores", Parts(query))));
        Assert.Equal(expected, string.Join(',', await fleet.NamesAsync("drills", Parts(query))));
    }

    [Fact]
    public async Task Write_OfDrillsAndRestores_IsCountedByPhase()
    {
        using var fleet = await OpenedAsync();
        foreach (var kind in new[] { RowKind.Restore, RowKind.Drill })
        {
            var claim = await fleet.View.ClaimAsync(North, kind, default);
            var row = new TaskRow { Namespace = "shop", Name = "t", Uid = "t", Created = Noon, Cluster = "c", Phase = "Pending" };
            await fleet.View.WriteAsync(new() { Member = North, Kind = kind, Claim = claim, Time = Noon, Rows = [row, row with { Name = "t2", Uid = "t2" }] }, default);
            await fleet.View.WriteAsync(new() { Member = North, Kind = kind, Claim = claim, Time = Noon, Rows = [row with { Phase = "Succeeded" }], Gone = [new("shop", "t2", "t2")] }, default);
        }

        var totals = await fleet.TotalsAsync();
        Assert.Equal([("Succeeded", 1L)], totals.Restores.Select(pair => (pair.Key, pair.Value)));
        Assert.Equal([("Succeeded", 1L)], totals.Drills.Select(pair => (pair.Key, pair.Value)));
    }

    internal abstract Task<Database> OpenAsync();

    private async Task<OpenFleet> OpenedAsync(DateTimeOffset? now = null)
    {
        var database = await OpenAsync();
        await database.PrepareAsync(CancellationToken.None);
        return new(database, now ?? Noon);
    }

    private static async Task FillClustersAsync(OpenFleet fleet)
    {
        var claim = await fleet.View.ClaimAsync(North, RowKind.Cluster, default);
        await fleet.View.WriteAsync(new()
        {
            Member = North, Kind = RowKind.Cluster, Claim = claim, Time = Noon, Synced = Noon.AddMinutes(-5), Replaces = true,
            Rows = [.. Enumerable.Range(0, 5).Select(number => new ClusterRow
            {
                Namespace = "shop", Name = Invariant($"c{number}"), Uid = Invariant($"c{number}"), Created = Noon,
                Standing = number switch { 3 => ClusterStandings.Disabled, 4 => ClusterStandings.NotReady, _ => ClusterStandings.Ready },
                Storages = number == 4 ? "," : ",s3-main,volume,", Schedules = number == 1 ? "," : ",nightly,", Policies = number == 2 ? ",gold,silver," : ",",
                LastBackup = number == 4 ? "" : "b", RecoveryPoint = number == 4 ? null : Noon.AddHours(-number), Missed = number switch { 1 => ",rpo,", 3 => ",rpo,provenWithin,", _ => "," },
            })],
        }, default);
    }

    private static FleetBatch Batch(long claim, IReadOnlyList<FleetRow> rows) => new() { Member = North, Kind = RowKind.Backup, Claim = claim, Time = Noon, Rows = rows };

    private static BackupRow Backup(int number, string phase = "Succeeded") => new()
    {
        Namespace = "shop", Name = Invariant($"b{number}"), Uid = Invariant($"u{number}"), Created = Noon.AddMinutes(number), Cluster = "orders", Storage = "s3-main", Phase = phase, Reason = "Completed",
        SizeBytes = phase == "Succeeded" ? 100 : null, StoredBytes = phase == "Succeeded" ? 50 : null,
    };

    private static (string, string)[] Parts(string query) =>
        [.. query.Split('&', StringSplitOptions.RemoveEmptyEntries).Select(part => (part.Split('=')[0], Uri.UnescapeDataString(part.Split('=')[1])))];

    private static string Invariant(FormattableString text) => FormattableString.Invariant(text);
}
