using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Protocol;
using CsCheck;
using static ControlPlane.Grains.Tests.Clusters.Retention.Catalogue;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

/// <summary>The catalogue against what lies in the bucket, and what retention makes of data that is missing or was imported.</summary>
public sealed class StockMachineTests
{
    private static readonly StockInquiry Inquiry = new() { Storage = "s3-main", Place = Retained.Place, Before = Samples.Start };

    [Fact]
    public void Describe_OfACatalogue_ExpectsWhatIsGoodAndOldAndHere()
    {
        var state = new RetentionState
        {
            Entries =
            [
                Night(1), Night(2) with { Good = false }, Night(3) with { Completed = Samples.Start }, Night(4) with { Place = "elsewhere" }, Night(5) with { Expired = true },
                Night(6) with { Storage = "another" }, Night(7) with { ImportedFrom = new("old", "0-0") }, Night(8) with { Missing = true },
            ],
        };

        var described = StockMachine.Describe(state, Inquiry);

        Assert.Equal(["n1-u1", "n8-u8", "old-0-0"], described.Expected);
        Assert.Equal(["n2-u2", "n3-u3", "n4-u4", "n5-u5"], described.Others);
        Assert.Equal(("", null), (described.After, described.Until));
    }

    [Fact]
    public void Describe_OfMoreThanARequestHolds_GivesThemInPartsInTheOrderOfTheKeys()
    {
        var state = new RetentionState { Entries = [.. Enumerable.Range(0, 1_234).Select(Night)] };
        var (seen, after, parts) = (new List<string>(), "", 0);
        do
        {
            var part = StockMachine.Describe(state, Inquiry with { After = after });
            Assert.True(part.Expected.Count <= StockRequest.MaximumFolders);
            seen.AddRange(part.Expected);
            after = part.Until ?? "";
            parts++;
        }
        while (after.Length > 0);

        Assert.Equal(3, parts);
        Assert.Equal(state.Entries.Select(entry => entry.Folder.ToString()).Order(Comparer<string>.Create(StockRequest.Order)), seen);
    }

    [Fact]
    public void Changed_OfWhatWasFound_NamesThoseWhoseStandingChangesInThePartThatWasCompared()
    {
        var state = new RetentionState { Entries = [Night(1), Night(2), Night(3) with { Missing = true }, Night(4) with { Missing = true }, Night(5), Night(9) with { Missing = true }] };

        var changed = StockMachine.Changed(state, new() { Inquiry = Inquiry with { After = "n1-u1" }, Until = "n5-u5", Missing = ["n2-u2", "n4-u4", "n1-u1"] });

        // n2 is missed now, n3 is there again; n1 and n9 were not looked for.
        Assert.Equal(["n2", "n3"], changed.Select(entry => entry.Name));
    }

    [Fact]
    public void Plan_WhereTheNewestAreMissing_KeepsAsManyThatAreThere()
    {
        var backups = Enumerable.Range(0, 6).Select(night => Nightly(night, Now.AddDays(-night)) with { Missing = night is 0 or 2 });

        var verdicts = RetentionPlanner.Plan(Rule(new() { Count = 2 }), [.. backups], Now);

        // Those that are missing go as if they were there: n0 is one of the newest two.
        Assert.Equal(["n0", "n1", "n3"], verdicts.Where(verdict => verdict.Keeps).Select(verdict => verdict.Backup.Name));
        Assert.Equal((RetentionReason.Newest, "n1"), Assert.Single(verdicts, verdict => verdict is { Why: RetentionReason.Newest, Backup.Missing: false }) is var newest ? (newest.Why, newest.Backup.Name) : default);
    }

    /// <summary>A store that lies for a while costs no backup: what would stay if all were there stays.</summary>
    [Fact]
    public void Plan_OfAnyCatalogue_LetsNothingGoForDataThatIsMissing() =>
        Gen.Select(AnyRule, AnyBackups, Gen.Int[0, 3].Array[60]).Sample((rule, backups, luck) =>
        {
            var damaged = backups.Select((backup, index) => backup with { Missing = backup.Good && luck[index] == 0 }).ToArray();
            var before = RetentionPlanner.Plan(Rule(rule), backups, Now).Where(verdict => verdict.Keeps && verdict.Backup.Base is null).Select(verdict => verdict.Backup.Uid).ToHashSet();

            foreach (var verdict in RetentionPlanner.Plan(Rule(rule), damaged, Now).Where(verdict => before.Contains(verdict.Backup.Uid) && !backups.Any(other => other.Base == verdict.Backup.Uid)))
                Assert.True(verdict.Keeps, $"{verdict.Backup.Name}: {verdict.Message}");
        });

    [Fact]
    public void Plan_OfImportedOnes_GoesByTheRulesOfTheClusterTheyWereImportedInto()
    {
        var rules = Rule(new() { Count = 1 }) with { Since = Now.AddDays(-1) };
        CatalogueEntry Old(int night, DateTimeOffset? imported) => Nightly(night, Now.AddDays(-10 - night)) with { Imported = imported, ImportedFrom = imported is null ? null : new($"n{night}", "0") };

        var verdicts = RetentionPlanner.Plan(rules, [Nightly(0, Now), Old(1, null), Old(2, Now.AddHours(-1)), Old(3, Now.AddDays(-2))], Now);

        // n1 and n3 are of an earlier cluster of the name.
        Assert.Equal(["n0", "n1", "n3"], verdicts.Where(verdict => verdict.Keeps).Select(verdict => verdict.Backup.Name));
    }

    [Fact]
    public void Plan_OfManyThatWereJustImported_GivesTheirOwnerADay()
    {
        var imported = Samples.Start.AddHours(-3);
        var state = Retained.Nights(4) is var nights ? nights with { Entries = [.. nights.Entries.Select(entry => entry with { Imported = imported, ImportedFrom = entry.Folder })] } : nights;
        var spec = Retained.Keeping(1);

        var planned = RetentionMachine.Plan(state, spec, Samples.Start);

        Assert.All(planned.Entries.Skip(1), entry => Assert.Equal(imported + RetentionMachine.AfterImport, entry.GoesAt));
        Assert.Same(planned, RetentionMachine.Expire(planned, spec, Samples.Start.AddHours(20)));
        Assert.Equal(3, RetentionMachine.Expire(planned, spec, Samples.Start.AddHours(22)).Entries.Count(entry => entry.Expired));
    }

    [Fact]
    public void Prune_OfImportedOnes_NamesTheirFoldersAndMarksTheirResources()
    {
        var agreed = Retained.Agreed(3, keep: 1) is var some ? some with { Entries = [.. some.Entries.Select(entry => entry.Name == "n2" ? entry with { ImportedFrom = new("taken-as", "other") } : entry)] } : some;
        var state = PruneMachine.Begin(Samples.Cluster, agreed, Retained.Keeping(1), Samples.Start.AddHours(1));
        var prune = Assert.Single(state.Prunes);
        Assert.Equal([("taken-as", "other"), ("n1", "u1")], prune.Batch.Select(backup => (backup.Name, backup.Uid)));

        var report = new JobReport { Uid = state.Uid, Attempt = prune.Number, Fault = JobFault.StorageDenied, Prune = new() { Failures = [new() { Fault = JobFault.StorageDenied, Backups = [1] }] } };
        var ended = PruneMachine.Observe(state, new() { Uid = state.Uid, Job = prune.Job!, State = Abstractions.Ports.JobState.Failed, Report = report }, Samples.Start.AddHours(1), looked: false);

        Assert.Equal(["u2"], ended.Entries.Where(entry => entry.Removed).Select(entry => entry.Uid));
    }

    [Fact]
    public void FindOwner_OfAFolder_IsWhoeverHasItAndIsNotTheAsker()
    {
        var state = new RetentionState { Entries = [Night(1), Night(2) with { ImportedFrom = new("old", "folder") }, Night(3) with { ImportedFrom = new("x", "failed"), Good = false }] };

        Assert.Equal(("n1", "n2", null, null, null), (
            RetentionMachine.FindOwner(state, "u1", "me"), RetentionMachine.FindOwner(state, "folder", "me"), RetentionMachine.FindOwner(state, "folder", "u2"),
            RetentionMachine.FindOwner(state, "failed", "me"), RetentionMachine.FindOwner(state, "u9", "me")));
    }

    [Fact]
    public void Record_OfABackupWhoseDataIsMissing_RemembersItAndTakesItBack()
    {
        var end = Retained.End(1, Samples.Start) is var one ? one with { Facts = one.Facts! with { Missing = true } } : one;
        var known = RetentionMachine.Record(new(), end);

        Assert.True(Assert.Single(known.Entries).Missing);
        Assert.False(Assert.Single(RetentionMachine.Record(known, Retained.End(1, Samples.Start)).Entries).Missing);
    }

    private static CatalogueEntry Night(int number) => Nightly(number, Samples.Start.AddDays(-1)) with
    {
        Uid = string.Create(CultureInfo.InvariantCulture, $"u{number}"), Storage = "s3-main", Place = Retained.Place, Stored = true,
    };
}
