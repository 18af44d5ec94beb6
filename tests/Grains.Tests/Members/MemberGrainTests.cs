using ControlPlane.Abstractions.Members;
using ControlPlane.Grains.Tests.Fixtures;

namespace ControlPlane.Grains.Tests.Members;

public sealed class MemberGrainTests(SiloFixture silo) : IClassFixture<SiloFixture>
{
    [Fact]
    public async Task Watch_ActivationLost_StopsAndIsBackWithinTheMinute()
    {
        var member = silo.Client.GetGrain<IMemberGrain>(Samples.Member.ToString());
        await member.WatchAsync();
        Assert.Contains("start", silo.Edge.Watches);

        await silo.DeactivateAsync(member);
        await silo.UntilAsync(() => silo.Edge.Watches.Contains("stop"));
        var starts = silo.Edge.Watches.Count(word => word == "start");

        await silo.UntilAsync(() => silo.Edge.Watches.Count(word => word == "start") > starts, TimeSpan.FromSeconds(20));
    }
}
