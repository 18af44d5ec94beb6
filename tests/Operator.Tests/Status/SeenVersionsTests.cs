using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;

namespace ControlPlane.Operator.Tests.Status;

public sealed class SeenVersionsTests
{
    private static readonly string Key = SeenVersions.Key(new(MemberKey.Local), "shop", ApiGroup.Backups.Plural, "b", "u1");

    [Fact]
    public void Take_OfAnOlderVersion_SaysNothing()
    {
        var seen = new SeenVersions();
        seen.Take(Key, "10", watched: false);
        seen.Take(Key, "9", watched: true);

        Assert.Equal(("10", null), (seen.Find(Key, watched: false), seen.Find(Key, watched: true)));
    }

    [Fact]
    public void Find_WhereOthersWriteToo_AnswersOnlyWhatTheWatchHasCaughtUpWith()
    {
        var seen = new SeenVersions();
        seen.Take(Key, "10", watched: true);
        seen.Take(Key, "11", watched: false);
        Assert.Null(seen.Find(Key, watched: true));

        seen.Take(Key, "11", watched: true);
        Assert.Equal("11", seen.Find(Key, watched: true));
        seen.Take(Key, "11", watched: false);
        Assert.Equal("11", seen.Find(Key, watched: true));
    }

    [Fact]
    public void Forget_OfAResource_LeavesNothing()
    {
        var seen = new SeenVersions();
        seen.Take(Key, "10", watched: true);
        seen.Forget(Key);

        Assert.Null(seen.Find(Key, watched: false));
    }

    [Fact]
    public void IsThere_OfWhatAWatchBrought_HoldsUntilItIsGoneOrTheWatchEnds()
    {
        var seen = new SeenVersions();
        seen.Take(Key, "10", watched: false);
        Assert.False(seen.IsThere(Key));

        seen.Take(Key, "9", watched: true);
        seen.Take(Key, "11", watched: false);
        Assert.True(seen.IsThere(Key));

        seen.Forget(new MemberKey("elsewhere"));
        Assert.True(seen.IsThere(Key));
        seen.Forget(new MemberKey(MemberKey.Local));
        Assert.False(seen.IsThere(Key));
    }
}
