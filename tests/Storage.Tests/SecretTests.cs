using System.Text.Json;

namespace ControlPlane.Storage.Tests;

public sealed class SecretTests
{
    private const string Canary = "canary-19c2";

    private static readonly S3StoreSettings Settings = new()
    {
        Bucket = "b",
        Credentials = new S3Credentials("AKIA", new Secret(Canary), new Secret(Canary)),
    };

    [Fact]
    public void ToString_OfASecret_IsAMark() => Assert.Equal("***", new Secret(Canary).ToString());

    [Fact]
    public void ToString_OfSettings_HoldsNoSecret()
    {
        Assert.DoesNotContain(Canary, Settings.ToString(), StringComparison.Ordinal);
        Assert.DoesNotContain(Canary, $"{Settings.Credentials}", StringComparison.Ordinal);
    }

    [Fact]
    public void Serialize_Settings_HoldsNoSecret() =>
        Assert.DoesNotContain(Canary, JsonSerializer.Serialize(Settings), StringComparison.Ordinal);

    [Fact]
    public void Strike_TextThatHoldsIt_HoldsTheMark() => Assert.Equal("a *** b", new Secret(Canary).Strike($"a {Canary} b"));

    [Fact]
    public void Reveal_OfASecret_IsTheValue() => Assert.Equal(Canary, new Secret(Canary).Reveal());
}
