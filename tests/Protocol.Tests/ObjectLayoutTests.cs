namespace ControlPlane.Protocol.Tests;

public sealed class ObjectLayoutTests
{
    [Fact]
    public void Root_OfABackup_EndsWithASlashAndHoldsTheUid() =>
        Assert.Equal("shop/orders/b1-u1/", ObjectLayout.Root(new BackupIdentity { Namespace = "shop", Cluster = "orders", Name = "b1", Uid = "u1" }));

    [Theory]
    [InlineData(1, 0, "data/01/00000000")]
    [InlineData(12, 99_999_999, "data/12/99999999")]
    [InlineData(100, 7, "data/100/00000007")]
    public void Segment_OfAnAttempt_LiesInItsFolder(int attempt, int index, string key)
    {
        Assert.Equal(key, ObjectLayout.Segment(attempt, index));
        Assert.StartsWith(ObjectLayout.Attempt(attempt), key, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0, 0)]
    [InlineData(1, -1)]
    public void Segment_ThatCannotBe_Throws(int attempt, int index) =>
        Assert.Throws<ArgumentOutOfRangeException>(() => ObjectLayout.Segment(attempt, index));
}
