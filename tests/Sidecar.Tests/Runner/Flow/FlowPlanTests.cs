using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner.Flow;
using CsCheck;

namespace ControlPlane.Sidecar.Tests.Runner.Flow;

public sealed class FlowPlanTests
{
    private const long MiB = 1 << 20;
    private const long GiB = 1 << 30;

    private static readonly CompressionRequest Zstd1 = new();
    private static readonly CompressionRequest Plain = new() { Codec = Codec.None };

    [Theory]
    [InlineData(1, 24 * GiB, 1, 8)]
    [InlineData(2, 24 * GiB, 2, 8)]
    [InlineData(8, 24 * GiB, 8, 5)]
    [InlineData(2, 384 * MiB, 2, 8)]
    [InlineData(2, 192 * MiB, 2, 4)]
    [InlineData(64, 64 * MiB, 1, 2)]
    public void For_SomeCoresAndMemory_GivesEachCoreACoderAndPartsTheRest(int cores, long memory, int coders, int parts)
    {
        var plan = FlowPlan.For(cores, memory, Zstd1);

        Assert.Equal((coders, parts), (plan.Coders, (int)(plan.PartBytes / (16 * MiB))));
    }

    [Fact]
    public void For_AHighLevel_StartsFewerCodersThanCores() =>
        Assert.True(FlowPlan.For(8, 24 * GiB, new CompressionRequest { Level = 19 }).Coders < 8);

    [Fact]
    public void For_AnyMachine_StaysBelowTheBoundAndFlows() =>
        Gen.Select(Gen.Int[1, 256], Gen.Long[0, 1L << 44], Gen.Int[1, 19]).Sample((cores, memory, level) =>
        {
            var plan = FlowPlan.For(cores, memory, new CompressionRequest { Level = level });
            var pieces = (plan.Coders + FlowPlan.PiecesBeside) * 4 * MiB;
            return plan.Coders >= 1 && plan.PartBytes >= 32 * MiB && plan.PartBytes <= 128 * MiB && plan.PartBytes + pieces <= 176 * MiB;
        });

    [Fact]
    public void For_MoreMemory_IsNeverLess() =>
        Gen.Select(Gen.Int[1, 64], Gen.Long[0, GiB], Gen.Long[0, GiB]).Sample((cores, memory, more) =>
            FlowPlan.For(cores, memory + more, Plain).PartBytes >= FlowPlan.For(cores, memory, Plain).PartBytes
            && FlowPlan.For(cores, memory + more, Plain).Coders >= FlowPlan.For(cores, memory, Plain).Coders);
}
