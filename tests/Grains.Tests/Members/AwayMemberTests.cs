using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Tests.Fixtures;
using ControlPlane.Grains.Tests.Scheduling;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Tests.Members;

/// <summary>What becomes of clusters and backups whose member cannot be asked.</summary>
public sealed class AwayMemberTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(20);

    [Theory]
    [InlineData("away", MemberStanding.Away)]
    [InlineData("left", MemberStanding.Left)]
    public async Task Schedule_WhileItsMemberIsAway_IsJudgedOnceItIsBack(string name, MemberStanding standing)
    {
        var key = await AppliedAsync(name, "0 * * * *");
        var due = Shown(key).NextDue!.Value;
        silo.Edge.Standings[key.Member] = standing;

        await silo.UntilAsync(() => silo.Clock.GetUtcNow() > due.AddHours(3).AddMinutes(10), TimeSpan.FromMinutes(1));
        Assert.Empty(Orders(key));
        Assert.Equal(due, Shown(key).NextDue);

        silo.Edge.Standings[key.Member] = MemberStanding.Present;
        await ComeBackAsync(key);

        await silo.UntilAsync(() => Shown(key).LastOutcome == ScheduleOutcomes.CatchingUp, TimeSpan.FromSeconds(1));
        Assert.Equal((due.AddHours(3), 3L, Reasons.MemberAway), (Shown(key).LastDue, Shown(key).Missed, Shown(key).MissedReason));
        Assert.Empty(Orders(key));
        await silo.UntilAsync(() => Orders(key).Count == 1, Step);
        Assert.Equal(due.AddHours(3), Orders(key)[0].Due);

        // What is missed later is missed for another reason.
        await silo.UntilAsync(() => Shown(key).NextDue == due.AddHours(4), Step);
        silo.Clock.Advance(TimeSpan.FromHours(3));
        await silo.UntilAsync(() => Shown(key).Missed > 3, TimeSpan.FromSeconds(1));
        Assert.NotEqual(Reasons.MemberAway, Shown(key).MissedReason);
    }

    [Fact]
    public async Task Backup_ThatRunsWhileItsMemberIsAway_IsFoundEndedAfterItsDeadline()
    {
        var key = new BackupKey(new("gone"), "shop", "backup1");
        await silo.Cluster(new(key.Member, key.Namespace, "orders")).ApplyAsync(Samples.ClusterSpec());
        await silo.Backup(key).ApplyAsync(Samples.Spec("u-gone") with { Created = silo.Clock.GetUtcNow() });
        await silo.UntilAsync(() => silo.Edge.Surveys.Any(order => order.Backup == key));
        await silo.Backup(key).ChooseSourceAsync(Samples.GoodSurvey("u-gone"));
        await silo.UntilAsync(() => silo.Edge.JobOf(key, JobOperation.Backup) is not null);
        var job = silo.Edge.JobOf(key, JobOperation.Backup)!;
        await silo.Backup(key).ObserveJobAsync(new() { Uid = "u-gone", Job = job, State = JobState.Active });
        await silo.UntilPhaseAsync(key, BackupPhase.Running);

        silo.Edge.Standings[key.Member] = MemberStanding.Away;
        var until = silo.Clock.GetUtcNow().AddHours(14);
        await silo.UntilAsync(() => silo.Clock.GetUtcNow() > until, TimeSpan.FromMinutes(5));
        Assert.Equal(BackupPhase.Running, silo.Edge.Last(key)!.Phase);
        silo.Edge.Sightings[job] = new() { Uid = "u-gone", Job = job, State = JobState.Complete, Report = new() { Uid = "u-gone", Attempt = 1, Summary = Samples.Summary() } };
        silo.Edge.Standings[key.Member] = MemberStanding.Present;

        await silo.UntilPhaseAsync(key, BackupPhase.Succeeded, TimeSpan.FromSeconds(5));
    }

    [Fact]
    public async Task Watch_OfAMemberThatIsNoMore_EndsAndItsGrainSleeps()
    {
        var member = new MemberKey("removed");
        await silo.Client.GetGrain<IMemberGrain>(member.ToString()).WatchAsync();
        silo.Edge.Standings[member] = MemberStanding.Left;

        await silo.Client.GetGrain<IMemberGrain>(member.ToString()).WatchAsync();
        await silo.UntilAsync(() => silo.Edge.Watches.Contains("stop"));
        var starts = silo.Edge.Watches.Count;
        var until = silo.Clock.GetUtcNow().AddMinutes(5);
        await silo.UntilAsync(() => silo.Clock.GetUtcNow() > until, Step);

        Assert.Equal(starts, silo.Edge.Watches.Count);
    }

    // As the watch does it when it begins anew.
    private async Task ComeBackAsync(ClusterKey key)
    {
        await silo.DeactivateAsync(silo.Cluster(key));
        await silo.Cluster(key).ApplyAsync(Almanac.Spec("0 * * * *"));
    }

    private async Task<ClusterKey> AppliedAsync(string member, string cron)
    {
        var key = new ClusterKey(new(member), "shop", "orders");
        await silo.Cluster(key).ApplyAsync(Almanac.Spec(cron));
        await silo.UntilAsync(() => silo.Edge.Last(key)?.Schedules is [{ NextDue: not null }]);
        return key;
    }

    private ScheduleStatus Shown(ClusterKey key) => silo.Edge.Last(key)!.Schedules[0];

    private List<BackupOrder> Orders(ClusterKey key) => [.. silo.Edge.Orders.Where(order => order.Backup.Member == key.Member)];
}
