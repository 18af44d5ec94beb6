using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using CsCheck;
using static ControlPlane.Grains.Tests.Clusters.Retention.Catalogue;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

/// <summary>What holds of every plan, whatever the rules and the backups.</summary>
public sealed class RetentionPlannerPropertyTests
{
    private static readonly Gen<(RetentionSpec Nightly, RetentionSpec Hourly, CatalogueEntry[] Backups)> Any = Gen.Select(AnyRule, AnyRule, AnyBackups);

    [Fact]
    public void Plan_OfAnything_JudgesEachOnceAndTheSameInAnyOrder() => Any.Sample(one =>
    {
        var verdicts = Plan(one);
        Assert.Equal(one.Backups.Select(backup => backup.Uid).Order(), verdicts.Select(verdict => verdict.Backup.Uid).Order());
        Assert.All(verdicts, verdict => Assert.Matches(verdict.Keeps ? "^stays: ." : "^goes: .", verdict.Message));
        Assert.Equal(verdicts, Plan(one with { Backups = [.. one.Backups.OrderBy(backup => backup.Uid, StringComparer.Ordinal)] }));
    });

    [Fact]
    public void Plan_OfAnything_NeverLetsTheNewestGoodOneGo() => Any.Sample(one =>
    {
        var kept = Kept(Plan(one));
        foreach (var storage in one.Backups.Where(backup => backup is { Good: true, Expired: false }).GroupBy(backup => backup.Storage))
            Assert.Contains(storage.Max(backup => backup.Completed), storage.Where(backup => kept.Contains(backup.Uid)).Select(backup => backup.Completed));
    });

    [Fact]
    public void Plan_OfAnything_NeverLetsGoWhatIsProtected() => Any.Sample(one =>
    {
        var kept = Kept(Plan(one));
        Assert.All(one.Backups.Where(backup => !backup.Expired), backup =>
        {
            Assert.True(kept.Contains(backup.Uid) || backup is { Held: false, Restoring: false, DeletesData: true });
            Assert.True(kept.Contains(backup.Uid) || backup.KeepFor is not null || backup.Schedule is "nightly" or "hourly");
        });
    });

    [Fact]
    public void Plan_OfChains_NeverLetsABaseGoBeforeItsIncrement() => Any.Sample(one =>
    {
        var kept = Kept(Plan(one));
        var living = one.Backups.Where(backup => !backup.Expired).Select(backup => backup.Uid).ToHashSet();
        Assert.All(one.Backups.Where(backup => kept.Contains(backup.Uid) && backup.Base is not null && living.Contains(backup.Base)), increment => Assert.Contains(increment.Base!, kept));
    });

    [Fact]
    public void Plan_WithANewerBackup_KeepsNothingThatWasToGo() => Any.Sample(one =>
    {
        var newer = Nightly(9_999, Now.AddMinutes(-1));

        // An increment of something old would rightly keep that.
        var gone = Plan(one).Where(verdict => !verdict.Keeps).Select(verdict => verdict.Backup.Uid);

        Assert.Empty(gone.Intersect(Kept(Plan(one with { Backups = [newer, .. one.Backups] }))));
    });

    // News may be lost, or not have come yet: what is not known must never cost a backup that is.
    [Fact]
    public void Plan_OfAPartOfTheBackups_LetsGoNothingThatAPlanOfAllKeeps() => Gen.Select(Any, Gen.Bool.Array[60]).Sample((one, known) =>
    {
        var full = one with { Backups = [.. one.Backups.Select(backup => backup with { Base = null })] };
        var part = full.Backups.Where((_, index) => known[index]).ToArray();
        var gone = Plan(full with { Backups = part }).Where(verdict => verdict is { Keeps: false, Backup.Expired: false }).Select(verdict => verdict.Backup.Uid);

        Assert.Empty(gone.Intersect(Kept(Plan(full))));
    });

    [Fact]
    public void Plan_OfWhatAPlanKept_KeepsAllOfIt() => Any.Sample(one =>
    {
        var verdicts = Plan(one);
        var kept = Kept(verdicts);

        Assert.All(Plan(one with { Backups = [.. one.Backups.Where(backup => kept.Contains(backup.Uid))] }), verdict => Assert.True(verdict.Keeps, verdict.Message));
    });

    [Fact]
    public void Plan_WithAWiderRule_KeepsAtLeastAsMuch() => Any.Sample(one =>
    {
        var wider = one.Nightly with { Count = one.Nightly.LimitsGood ? (one.Nightly.Count ?? 0) + 2 : null, Daily = one.Nightly.Daily + 1, FailedHistory = (one.Nightly.FailedHistory ?? 10) + 1 };

        Assert.Empty(Kept(Plan(one)).Except(Kept(Plan(one with { Nightly = wider }))));
    });

    [Fact]
    public void Plan_AsTimeGoesBy_KeepsNothingThatWasToGo() => Gen.Select(Any, Gen.Int[1, 900]).Sample((one, days) =>
        Assert.Empty(Kept(Plan(one, Now.AddDays(days))).Except(Kept(Plan(one)))));

    private static IReadOnlyList<RetentionVerdict> Plan((RetentionSpec Nightly, RetentionSpec Hourly, CatalogueEntry[] Backups) one, DateTimeOffset? now = null) => RetentionPlanner.Plan(
        new(new Dictionary<string, ScheduleRule> { ["nightly"] = new(one.Nightly, TimeZoneInfo.FindSystemTimeZoneById("Europe/Prague")), ["hourly"] = new(one.Hourly, TimeZoneInfo.Utc) }, default),
        one.Backups, now ?? Now);

    private static HashSet<string> Kept(IReadOnlyList<RetentionVerdict> verdicts) => [.. verdicts.Where(verdict => verdict.Keeps).Select(verdict => verdict.Backup.Uid)];
}
