using System.Numerics;
using System.Text;

namespace ControlPlane.Storage.Tests;

public sealed class Crc32CTests
{
    [Theory]
    [InlineData("", 0u)]
    [InlineData("123456789", 0xE3069283u)]
    [InlineData("The quick brown fox jumps over the lazy dog", 0x22620404u)]
    public void Compute_KnownText_GivesThePublishedValue(string text, uint expected) =>
        Assert.Equal(expected, Crc32C.Compute(Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Compute_ThirtyTwoZeros_GivesTheValueOfTheStandard() => Assert.Equal(0x8A9136AAu, Crc32C.Compute(new byte[32]));

    [Fact]
    public void Base64_KnownText_IsBigEndian() => Assert.Equal("4waSgw==", Crc32C.Base64("123456789"u8));

    [Theory]
    [InlineData(0, 0)]
    [InlineData(0, 5)]
    [InlineData(5, 0)]
    [InlineData(1, 1)]
    [InlineData(100_003, 77)]
    [InlineData(77, 100_003)]
    [InlineData(5 * 1024 * 1024, 5 * 1024 * 1024)]
    public void Combine_TwoPieces_GivesTheChecksumOfBoth(int first, int second)
    {
        byte[] data = StoreScope.RandomBytes(first + second);

        Assert.Equal(
            Crc32C.Compute(data),
            Crc32C.Combine(Crc32C.Compute(data.AsSpan(0, first)), Crc32C.Compute(data.AsSpan(first)), second));
    }

    [Theory]
    [InlineData(12_287)]
    [InlineData(12_288)]
    [InlineData(12_289)]
    [InlineData(24_576)]
    [InlineData(100_003)]
    [InlineData(16 * 1024 * 1024)]
    public void Compute_InLanes_GivesTheSameAsByteByByte(int length)
    {
        byte[] data = StoreScope.RandomBytes(length);
        uint plain = ~0u;
        foreach (byte single in data)
        {
            plain = BitOperations.Crc32C(plain, single);
        }

        Assert.Equal(~plain, Crc32C.Compute(data));
        byte[] shifted = [.. new byte[3], .. data];
        Assert.Equal(~plain, Crc32C.Compute(shifted.AsSpan(3)));
    }
}
