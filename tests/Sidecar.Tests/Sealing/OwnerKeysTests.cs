using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Tests.Sealing;

public sealed class OwnerKeysTests : IDisposable
{
    private const string Hex = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";
    private const string Base64 = "AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=";

    private readonly KeyFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Theory]
    [InlineData(Hex)]
    [InlineData(Base64)]
    [InlineData(Base64 + "\n")]
    [InlineData(" " + Hex + "\r\n")]
    public void Use_AKeyInEitherForm_GivesItsBytesAndWipesThem(string text)
    {
        folder.Write(text);
        byte[]? kept = null;

        Assert.Equal(Hex, folder.Keys().Use(KeyFolder.Id, key => Convert.ToHexStringLower(kept = key)));

        Assert.Equal(new byte[32], kept);
    }

    [Fact]
    public void Use_AKeyInCapitals_GivesItsBytes()
    {
        folder.Write(Hex.ToUpperInvariant());

        Assert.Equal(Hex, folder.Keys().Use(KeyFolder.Id, Convert.ToHexStringLower));
    }

    [Theory]
    [InlineData("")]
    [InlineData("change-me")]
    [InlineData("canary canary canary canary canary canary!!!")]
    [InlineData("AAECAwQFBgcICQoLDA0ODxAREhMUFRYX")]
    [InlineData("zz0102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f")]
    [InlineData(Base64 + "\n" + Base64)]
    public void Use_SomethingElse_SaysHowToMakeAKeyAndRepeatsNothing(string text)
    {
        folder.Write(text);

        var trouble = Assert.Throws<JobFaultException>(() => folder.Keys().Use(KeyFolder.Id, _ => 0));

        Assert.Equal(JobFault.WrongKey, trouble.Fault);
        Assert.Contains("entry 'key-1' of Secret 'backup-keys' is no encryption key", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("openssl rand -base64 32", trouble.Message, StringComparison.Ordinal);
        Assert.True(text.Length < 9 || !trouble.ToString().Contains(text, StringComparison.Ordinal));
    }

    [Fact]
    public void Use_AKeyThatIsNotThere_NamesSecretAndEntry()
    {
        var trouble = Assert.Throws<JobFaultException>(() => folder.Keys().Use(KeyFolder.Id, _ => 0));

        Assert.Equal(JobFault.SecretMissing, trouble.Fault);
        Assert.Contains("Secret 'backup-keys' does not exist in this namespace, or has no entry 'key-1'", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Use_OneKey_DoesNotMindTheOthers()
    {
        folder.Write("no key at all", "old");
        folder.Write(Hex);

        Assert.Equal(32, folder.Keys().Use(KeyFolder.Id, key => key.Length));
    }
}
