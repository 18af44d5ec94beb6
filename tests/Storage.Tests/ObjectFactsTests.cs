namespace ControlPlane.Storage.Tests;

public sealed class ObjectFactsTests
{
    [Fact]
    public void OfParts_ThreeParts_HasBothFormsOfTheChecksum()
    {
        byte[] content = StoreScope.RandomBytes(10_000);

        var facts = ObjectFacts.OfParts(
        [
            .. new[] { content[..4000], content[4000..8000], content[8000..] }.Select(part => (part.Length, Crc32C.Compute(part))),
        ]);

        Assert.Equal(10_000, facts.SizeBytes);
        Assert.Equal(Crc32C.Base64(content), facts.Crc32C);
        Assert.EndsWith("-3", facts.Crc32COfParts, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AAAAAA==", null, true, true)]
    [InlineData("AAAAAQ==", null, false, true)]
    [InlineData(null, "BBBBBA==-2", true, true)]
    [InlineData(null, "BBBBBA==-3", false, true)]
    [InlineData(null, null, true, false)]
    public void Agrees_OneFormOfTheChecksum_IsComparedWithTheSame(string? whole, string? ofParts, bool agrees, bool shares)
    {
        var sent = new ObjectFacts(7) { Crc32C = "AAAAAA==", Crc32COfParts = "BBBBBA==-2" };
        var kept = new ObjectFacts(7) { Crc32C = whole, Crc32COfParts = ofParts };

        Assert.Equal(agrees, sent.Agrees(kept));
        Assert.Equal(agrees, kept.Agrees(sent));
        Assert.Equal(shares, sent.SharesChecksum(kept));
    }

    [Fact]
    public void Agrees_AnotherLength_DoesNot() =>
        Assert.False(new ObjectFacts(7) { Crc32C = "AAAAAA==" }.Agrees(new ObjectFacts(8) { Crc32C = "AAAAAA==" }));
}
