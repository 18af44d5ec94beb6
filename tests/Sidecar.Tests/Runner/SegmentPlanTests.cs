using ControlPlane.Sidecar.Runner;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class SegmentPlanTests
{
    private const int FrameBytes = FrameCodec.PieceBytes + 64 * 1024;

    [Theory]
    [InlineData(0, 256L << 20)]
    [InlineData(999, 256L << 20)]
    [InlineData(1000, 1L << 30)]
    [InlineData(2000, 4L << 30)]
    [InlineData(3000, 16L << 30)]
    [InlineData(4000, 64L << 30)]
    [InlineData(900_000, 64L << 30)]
    public void TargetBytes_OfTheStandardPlan_GrowsByFourEveryThousand(int index, long expected) =>
        Assert.Equal(expected, SegmentPlan.Standard.TargetBytes(index));

    [Fact]
    public void FitsEveryStore_OfTheStandardPlan_IsTrue() =>
        Assert.True(SegmentPlan.Standard.FitsEveryStore(FrameBytes));

    [Theory]
    [InlineData(0, 16 << 20)]
    [InlineData(2999, 16 << 20)]
    [InlineData(3000, 32 << 20)]
    [InlineData(900_000, 32 << 20)]
    public void PartBytesOf_ALongStream_Grows(int index, int expected) =>
        Assert.Equal(expected, SegmentPlan.Standard.PartBytesOf(index));

    [Fact]
    public void TargetBytes_OfTwentyTebibytes_NeedsFewSegments()
    {
        var (left, index) = (20L << 40, 0);
        while (left > 0)
            left -= SegmentPlan.Standard.TargetBytes(index++);

        Assert.InRange(index, 1000, 4000);
    }

    [Fact]
    public void TargetBytes_OfALaterSegment_IsNeverLess() =>
        Gen.Int[0, 20_000].Sample(index => SegmentPlan.Standard.TargetBytes(index + 1) >= SegmentPlan.Standard.TargetBytes(index));
}
