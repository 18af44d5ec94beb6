using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Tests.Fixtures;
using static ControlPlane.Grains.Tests.Clusters.Retention.Retained;

namespace ControlPlane.Grains.Tests.Clusters.Retention;

public sealed class RetentionMachineTests
{
    private static readonly DateTimeOffset Now = Samples.Start;

    [Fact]
    public void Plan_OfAFirstOrAChangedRule_ShowsForAnHourWhatIsToGo()
    {
        var planned = RetentionMachine.Plan(Nights(5), Keeping(2), Now);

        Assert.Equal(["n2", "n3", "n4"], Going(planned));
        Assert.All(planned.Entries.Skip(2), entry => Assert.Equal(Now + RetentionMachine.AfterChange, entry.GoesAt));
        Assert.Same(planned, RetentionMachine.Expire(planned, Keeping(2), Now.AddMinutes(59)));
        Assert.Equal(3, RetentionMachine.Expire(planned, Keeping(2), Now.AddHours(1)).Entries.Count(entry => entry.Expired));

        // Another change gives what it adds an hour of its own, and takes back what it keeps.
        var narrower = RetentionMachine.Plan(planned, Keeping(1), Now.AddMinutes(30));
        Assert.Equal(Now.AddMinutes(90), narrower.Entries[1].GoesAt);
        Assert.Equal(Now.AddHours(1), narrower.Entries[2].GoesAt);
        Assert.Equal(["n3", "n4"], Going(RetentionMachine.Plan(narrower, Keeping(3), Now.AddMinutes(40))));
    }

    [Fact]
    public void Plan_OfANewerBackup_LetsTheOldestGoAfterAFewMinutes()
    {
        var settled = RetentionMachine.Plan(Nights(2), Keeping(2), Now);
        Assert.Same(settled, RetentionMachine.Plan(settled, Keeping(2), Now.AddDays(1)));

        var next = RetentionMachine.Plan(RetentionMachine.Record(settled, End(7, Now.AddHours(12))), Keeping(2), Now.AddHours(12));

        Assert.Equal(["n1"], Going(next));
        Assert.Equal(Now.AddHours(12) + RetentionMachine.AfterBackup, next.Entries[^1].GoesAt);
    }

    [Fact]
    public void Plan_OfWhatWasTakenUnderTheVeryRules_LetsItGoAfterAFewMinutes()
    {
        var fresh = RetentionMachine.Plan(new() { Uid = "", Entries = [] }, Keeping(1), Now);
        var first = RetentionMachine.Record(fresh, End(8, Now.AddMinutes(1)));

        var next = RetentionMachine.Plan(RetentionMachine.Record(first, End(9, Now.AddMinutes(2))), Keeping(1), Now.AddMinutes(2));

        Assert.Equal(Now.AddMinutes(2) + RetentionMachine.AfterBackup, Assert.Single(next.Entries, entry => entry.GoesAt is not null).GoesAt);
    }

    [Fact]
    public void Choose_AmongGoodBackups_TakesTheNewestOrOneByLot()
    {
        var state = Nights(20);
        var entries = state.Entries.Select((entry, index) => index switch
        {
            0 => entry with { Good = false },
            1 => entry with { Missing = true },
            2 => entry with { Expired = true },
            3 => entry with { Storage = "other" },
            _ => entry,
        }).ToList();
        state = state with { Entries = entries };

        Assert.Equal("n3", RetentionMachine.Choose(state, new())!.Name);
        Assert.Equal("n4", RetentionMachine.Choose(state, new() { StorageName = "s3-main" })!.Name);
        Assert.Null(RetentionMachine.Choose(state, new() { StorageName = "none" }));
        var lots = Enumerable.Range(0, 400).Select(lot => RetentionMachine.Choose(state, new() { Random = true, Lot = FormattableString.Invariant($"u#{lot}") })!.Name).ToList();
        Assert.Equal(entries.Skip(3).Select(entry => entry.Name).Order(), lots.Distinct().Order());
        Assert.Equal(RetentionMachine.Choose(state, new() { Random = true, Lot = "u#7" }), RetentionMachine.Choose(state, new() { Random = true, Lot = "u#7" }));
    }

    [Fact]
    public void Plan_OfAHoldOrAnAgeThatPasses_FollowsIt()
    {
        var spec = Spec(new() { MaxAge = TimeSpan.FromDays(3) });
        var planned = RetentionMachine.Plan(Nights(3), spec, Now);
        Assert.Empty(Going(planned));

        var older = RetentionMachine.Plan(planned, spec, Now.AddDays(2));
        Assert.Equal(["n2"], Going(older));
        Assert.Empty(Going(RetentionMachine.Plan(RetentionMachine.Record(older, End(2, Now.AddDays(-2), held: true)), spec, Now.AddDays(2))));
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Expire_WhileTheClusterIsSuspendedOrOff_WaitsAndSaysSo(bool enabled, bool suspended)
    {
        var spec = Keeping(1) with { BackupEnabled = enabled, Suspended = suspended };
        var planned = RetentionMachine.Plan(Nights(3), spec, Now);

        Assert.Same(planned, RetentionMachine.Expire(planned, spec, Now.AddDays(1)));
        Assert.StartsWith("Nothing is removed while spec.", RetentionStory.Status(planned, spec, Now).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Expire_OfABase_WaitsUntilItsIncrementIsOutOfTheCatalogue()
    {
        var state = Nights(3);
        state = state with { Entries = [state.Entries[0], state.Entries[1] with { Base = "u2" }, state.Entries[2]] };
        var planned = RetentionMachine.Plan(state, Keeping(1), Now);

        var expired = RetentionMachine.Expire(planned, Keeping(1), Now.AddHours(1));
        Assert.Equal([false, true, false], expired.Entries.Select(entry => entry.Expired));

        Assert.Equal([false, true], RetentionMachine.Expire(RetentionMachine.Drop(expired, "u1"), Keeping(1), Now.AddHours(1)).Entries.Select(entry => entry.Expired));
    }

    [Fact]
    public void Answer_OfOneThatDoesNotAgree_JudgesItAnew()
    {
        var expired = Expired(3, keep: 1);
        Assert.Equal(2, RetentionMachine.Asked(expired).Count());

        var answered = RetentionMachine.Answer(expired, new Dictionary<string, bool> { ["u1"] = true, ["u2"] = false });

        Assert.Empty(RetentionMachine.Asked(answered));
        Assert.Equal([false, true, false], answered.Entries.Select(entry => entry.Agreed));
        Assert.Equal((false, null), (answered.Entries[2].Expired, answered.Entries[2].GoesAt));
        Assert.Equal(["n2"], Going(RetentionMachine.Plan(answered, Keeping(1), Now.AddHours(1))));
    }

    [Fact]
    public void Record_OfWhatBackupsSay_KeepsTheCatalogueInStep()
    {
        var state = RetentionMachine.Record(new(), End(1, Now));
        Assert.Same(state, RetentionMachine.Record(state, End(1, Now)));
        Assert.True(RetentionMachine.Record(state, End(1, Now, held: true)).Entries.Single().Held);
        Assert.Empty(RetentionMachine.Record(state, End(1, Now) with { Removed = true }).Entries);
        Assert.Empty(RetentionMachine.Record(state, End(1, Now) with { Gone = true }).Entries);
        Assert.Same(state, RetentionMachine.Record(state, End(2, Now) with { Phase = BackupPhase.Pending }));
        Assert.Same(state, RetentionMachine.Record(state, End(2, Now) with { Facts = null }));
        Assert.False(RetentionMachine.Record(state, End(2, Now) with { Phase = BackupPhase.Cancelled }).Entries.Single(entry => entry.Uid == "u2").Good);
    }

    [Fact]
    public void Record_OfABackupThatHadAgreed_GoesOnWithItAlsoWhenTheCatalogueWasLost()
    {
        var agreed = End(1, Now) with { Facts = End(1, Now).Facts! with { Expired = true } };

        var found = RetentionMachine.Record(new(), agreed);
        Assert.True(found.Entries.Single() is { Expired: true, Agreed: true, Removed: false });

        var removed = RetentionMachine.Record(new(), agreed with { Removed = true });
        Assert.True(removed.Entries.Single().Removed);
        Assert.Single(RetentionMachine.Parting(removed, Keeping(1)));
        Assert.Empty(RetentionMachine.Record(removed, agreed with { Removed = true, Gone = true }).Entries);
    }

    [Fact]
    public void Record_OfMoreThanAnybodyHas_LeavesOutTheOldest()
    {
        var full = new RetentionState { Entries = Nights(RetentionMachine.MostEntries).Entries };

        var next = RetentionMachine.Record(full, End(99_999, Now.AddDays(1)));

        Assert.Equal((RetentionMachine.MostEntries, "u99999", "u9998"), (next.Entries.Count, next.Entries[0].Uid, next.Entries[^1].Uid));
    }

    [Fact]
    public void Parting_OfWhatNoJobOfTheClusterReaches_IsTheBackupsOwn()
    {
        var agreed = Agreed(6, keep: 1);
        var entries = agreed.Entries.ToList();
        entries[1] = entries[1] with { Stored = false };
        entries[2] = entries[2] with { Storage = "gone" };
        entries[3] = entries[3] with { Place = "another bucket" };
        entries[4] = entries[4] with { Removed = true };

        Assert.Equal(["u1", "u2", "u3", "u4"], RetentionMachine.Parting(agreed with { Entries = entries }, Keeping(1)).Select(entry => entry.Uid));
    }

    [Fact]
    public void Next_OfAState_IsTheNextThingToDo()
    {
        var planned = RetentionMachine.Plan(Nights(3), Keeping(1), Now);

        Assert.Equal(Now.AddDays(7), RetentionMachine.Next(Nights(3), Keeping(1), Now));
        Assert.Equal(Now.AddDays(1), RetentionMachine.Next(Nights(3), Spec(new() { MaxAge = TimeSpan.FromDays(9) }), Now));
        Assert.Equal(Now.AddHours(1), RetentionMachine.Next(planned, Keeping(1), Now));
        Assert.Equal(Now.AddDays(8), RetentionMachine.Next(planned, Keeping(1) with { Suspended = true }, Now.AddDays(1)));
        Assert.Null(RetentionMachine.Next(RetentionMachine.Expire(planned, Keeping(1), Now.AddHours(1)), Keeping(1), Now));
    }

    [Fact]
    public void Status_OfAPlan_SaysWhatStaysAndTheFirstToGo()
    {
        var state = Nights(20);
        state = state with { Entries = [.. state.Entries.Select((entry, index) => index == 19 ? entry with { Held = true } : index == 18 ? entry with { Schedule = null } : entry)] };

        var status = RetentionStory.Status(RetentionMachine.Plan(state, Keeping(3), Now), Keeping(3), Now);

        Assert.Equal((5, 15, 0, 0L, "", ""), (status.Kept, status.Expiring, status.Removing, status.Pruned, status.Reason, status.Message));
        Assert.Equal([new("Newest", 1), new("Held", 1), new("Rule", 2), new("OnDemand", 1)], status.KeptBy);
        Assert.Equal((RetentionStatus.MaximumNames, "n17", Now.AddHours(1)), (status.Next.Count, status.Next[0].Name, status.Next[0].NotBefore));
        Assert.Equal("no rule of schedule 'nightly' keeps it (count 3)", status.Next[0].Message);
    }

    [Fact]
    public void Plan_ForAClusterMadeAnew_ForgetsTheJobsOfTheEarlierOne()
    {
        var atWork = PruneMachine.Begin(Samples.Cluster, Agreed(3, keep: 1), Keeping(1), Now.AddHours(1));
        Assert.NotNull(Assert.Single(atWork.Prunes).Job);

        var anew = RetentionMachine.Plan(atWork, Keeping(1) with { Uid = "c9", Created = Now.AddHours(2) }, Now.AddHours(2));

        Assert.Empty(anew.Prunes);
        Assert.Equal(2, anew.Entries.Count(entry => entry.Agreed));
    }
}
