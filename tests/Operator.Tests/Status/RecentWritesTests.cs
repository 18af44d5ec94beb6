using ControlPlane.Operator.Status;

namespace ControlPlane.Operator.Tests.Status;

public sealed class RecentWritesTests
{
    [Fact]
    public void IsRepeat_AfterAChangeOrAFlood_IsFalse()
    {
        var recent = new RecentWrites(capacity: 2);
        recent.Remember("a", "1");
        Assert.True(recent.IsRepeat("a", "1"));
        Assert.False(recent.IsRepeat("a", "2"));

        recent.Remember("b", "1");
        recent.Remember("a", "2");
        recent.Remember("c", "1");

        Assert.Equal((true, false, true), (recent.IsRepeat("a", "2"), recent.IsRepeat("b", "1"), recent.IsRepeat("c", "1")));
    }
}
