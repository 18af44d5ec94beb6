namespace ControlPlane.Protocol.Tests;

/// <summary>What counts as containing the transactions of a backup.</summary>
public sealed class GtidSetTests
{
    private const string A = "3e11fa47-71ca-11e1-9e33-c80aa9429562";
    private const string B = "4350f323-7565-4e59-8763-4b1b83a0ce0e";

    [Theory]
    [InlineData("$A:1-100", "$A:1-100", true)]
    [InlineData("$A:1-100", "$A:7", true)]
    [InlineData("$A:1-100", "$A:1-101", false)]
    [InlineData("$A:1-50:51-100", "$A:20-80", true)]
    [InlineData("$A:51-100:1-49", "$A:20-80", false)]
    [InlineData("$A:60-100,$A:1-59", "$A:1-100", true)]
    [InlineData("$A:1-100,\n$B:1-5", " $B:2-3", true)]
    [InlineData("$A:1-100", "$B:1", false)]
    [InlineData("3E11FA47-71CA-11E1-9E33-C80AA9429562:1-100", "$A:5", true)]
    [InlineData("$A:1-5:blue:1-9", "$A:blue:9", true)]
    [InlineData("$A:1-9:blue:1-5", "$A:blue:9", false)]
    [InlineData("$A:1-9", "", true)]
    [InlineData("$A:1-18446744073709551615", "$A:18446744073709551615", true)]
    public void Contains_OfTheTransactionsOfAnother_GoesByEachOfThem(string set, string other, bool contains) =>
        Assert.Equal(contains, Read(set)!.Contains(Read(other)!));

    [Theory]
    [InlineData(null)]
    [InlineData("0-100-42")]
    [InlineData("$A")]
    [InlineData("$A:")]
    [InlineData("$A:0-4")]
    [InlineData("$A:5-4")]
    [InlineData("$A:1-2-3")]
    [InlineData("$A:1-18446744073709551616")]
    [InlineData("$A:1-100,4350f323-75…")]
    [InlineData("$A:blue")]
    public void Read_OfWhatIsNoSet_IsNull(string? text) => Assert.Null(Read(text));

    private static GtidSet? Read(string? text) => GtidSet.Read(text?.Replace("$A", A, StringComparison.Ordinal).Replace("$B", B, StringComparison.Ordinal));
}
