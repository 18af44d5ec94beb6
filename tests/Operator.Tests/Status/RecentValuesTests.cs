using ControlPlane.Operator.Status;

namespace ControlPlane.Operator.Tests.Status;

public sealed class RecentValuesTests
{
    [Fact]
    public void TryGet_AfterAChangeOrAFlood_KnowsTheNewest()
    {
        var recent = new RecentValues<string>(capacity: 2);
        recent.Set("a", "1");
        recent.Set("b", "1");
        recent.Set("a", former => former + "2", "first");
        recent.Set("c", former => former, "first");

        Assert.Equal(("12", null, "first"), (Get("a"), Get("b"), Get("c")));
        recent.Forget("a");
        Assert.Null(Get("a"));

        string? Get(string key) => recent.TryGet(key, out var value) ? value : null;
    }
}
