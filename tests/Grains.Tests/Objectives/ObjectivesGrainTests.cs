using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Objectives;

/// <summary>The alarm clock of a cluster with objectives, in a real silo whose clock the test moves.</summary>
public sealed class ObjectivesGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    private static readonly TimeSpan Step = TimeSpan.FromMinutes(2);

    [Fact]
    public async Task Reminder_AtTheInstantOfAMiss_ShowsItUntilTheNextBackup()
    {
        var key = new ClusterKey(Samples.Member, "shop", "objectives");
        var spec = Samples.ClusterSpec() with { Uid = "u-objectives", Created = silo.Clock.GetUtcNow().AddDays(-1), Objectives = new() { Rpo = TimeSpan.FromHours(3) } };
        await silo.Cluster(key).ApplyAsync(spec);
        await silo.Cluster(key).BackupEndedAsync(End(key, "first"));
        await silo.UntilAsync(() => Met(key) is true && Shown(key).Objectives!.RecoveryPoint is not null);
        var until = Shown(key).Objectives!.RecoveryPointUntil!.Value;
        await silo.DeactivateAsync(silo.Cluster(key));

        // Nothing is heard of it any more: the alarm clock alone brings it back.
        await silo.UntilAsync(() => Met(key) is false, Step);
        Assert.InRange(silo.Clock.GetUtcNow(), until, until.AddMinutes(30));
        Assert.Equal(["rpo"], Shown(key).Objectives!.Missed);

        await silo.Cluster(key).BackupEndedAsync(End(key, "second"));
        await silo.UntilAsync(() => Met(key) is true);
        Assert.Empty(Shown(key).Objectives!.Missed);
        await silo.UntilAsync(() => Told(key).Count == 3);
        Assert.Equal([Reasons.ObjectiveMet, Reasons.ObjectiveMissed, Reasons.ObjectiveMet], Told(key));
    }

    // After a crash one may be recorded once more: the same one again is the same event.
    private List<string> Told(ClusterKey key) => [.. silo.Edge.Events.Where(told => told.Name == key.Name && told.Action == "Judge").Distinct().Select(told => told.Reason)];

    private ClusterStatus Shown(ClusterKey key) => silo.Edge.ClusterStatuses[key.ToString()].Last();

    private bool? Met(ClusterKey key) => silo.Edge.ClusterStatuses.GetValueOrDefault(key.ToString())?.LastOrDefault()?.Conditions.FirstOrDefault(condition => condition.Type == ObjectivesMachine.RecoveryPoint)?.Status;

    private BackupEnd End(ClusterKey key, string name) => new()
    {
        Backup = new(key.Member, key.Namespace, name), Uid = name, Phase = BackupPhase.Succeeded, Completed = silo.Clock.GetUtcNow(), SizeBytes = 10, Began = true,
    };
}
