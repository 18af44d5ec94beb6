namespace ControlPlane.Storage.Tests;

/// <summary>Where the account stands: in the host's name or in the path.</summary>
public sealed class AzureAddressTests
{
    [Theory]
    [InlineData(null, "https://myaccount.blob.core.windows.net/backups")]
    [InlineData("https://myaccount.blob.core.windows.net", "https://myaccount.blob.core.windows.net/backups")]
    [InlineData("https://myaccount.blob.core.chinacloudapi.cn/", "https://myaccount.blob.core.chinacloudapi.cn/backups")]
    [InlineData("https://backups.example.com", "https://backups.example.com/backups")]
    [InlineData("http://10.36.0.1:36090", "http://10.36.0.1:36090/myaccount/backups")]
    [InlineData("http://[fd00::1]:10000", "http://[fd00::1]:10000/myaccount/backups")]
    [InlineData("http://localhost:10000", "http://localhost:10000/myaccount/backups")]
    [InlineData("http://azurite:10000", "http://azurite:10000/myaccount/backups")]
    [InlineData("http://azurite.object-store.svc:10000", "http://azurite.object-store.svc:10000/myaccount/backups")]
    [InlineData("http://azurite.object-store.svc.cluster.local", "http://azurite.object-store.svc.cluster.local/myaccount/backups")]
    public void Container_OfAnEndpoint_HasTheAccountWhereItBelongs(string? endpoint, string expected) =>
        Assert.Equal(expected, Address(endpoint, "myaccount").Container.AbsoluteUri);

    [Fact]
    public void Blob_OfAKeyWithOddLetters_EscapesAllButSlashes() => Assert.Equal(
        "https://myaccount.blob.core.windows.net/backups/a%20b/c%25d/%C3%A9%3F%23",
        Address(null, "myaccount").Blob("a b/c%d/é?#").AbsoluteUri);

    [Theory]
    [InlineData(null, null, "Nothing names the storage account; give its name")]
    [InlineData("http://10.0.0.7:10000", null, "http://10.0.0.7:10000 does not")]
    [InlineData(null, "evil.example.com/", "is no such name")]
    [InlineData(null, "ab", "is no such name")]
    [InlineData("https://x.blob.core.windows.net", "My-Account", "is no such name")]
    public void Address_WithoutAGoodAccount_IsRefused(string? endpoint, string? account, string expected)
    {
        var trouble = Assert.Throws<ObjectStoreException>(() => Address(endpoint, account));

        Assert.Equal(ObjectStoreFault.Refused, trouble.Fault);
        Assert.Contains(expected, trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Y29udHJvbHBsYW5lL3g=", true)]
    [InlineData("YmxvY2stMDAwMDAx", false)]
    [InlineData("not base64!", false)]
    public void IsOurs_OfABlocksName_GoesByItsMark(string id, bool expected) => Assert.Equal(expected, AzureBlockId.IsOurs(id));

    [Fact]
    public void BlockIds_OfAllParts_HaveOneLengthThatTheServiceTakes()
    {
        var upload = Guid.NewGuid();
        string[] ids = [.. new[] { 0, 7, ObjectLimits.MaximumParts - 1 }.Select(index => AzureBlockId.For(upload, index))];

        Assert.Single(ids.Select(id => id.Length).Distinct());
        Assert.True(Convert.FromBase64String(ids[0]).Length <= 64);
        Assert.All(ids, id => Assert.True(AzureBlockId.IsOf(upload, id) && !AzureBlockId.IsOf(Guid.NewGuid(), id)));
    }

    private static AzureAddress Address(string? endpoint, string? account) => new(new AzureStoreSettings
    {
        Container = "backups",
        Endpoint = endpoint is null ? null : new Uri(endpoint),
        Credentials = new AzureSasToken(account, new Secret("sig=x")),
    });
}
