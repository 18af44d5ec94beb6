using Azure.Core;
using ControlPlane.Testing;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>
/// The Pod's own token against a token of the cloud's. Microsoft Entra itself cannot be had here: a stand-in speaks as it is documented, and
/// the Blob service takes what it gives.
/// </summary>
public sealed class AzureWorkloadIdentityTests : IAsyncLifetime
{
    private const string Assertion = "canary.pod.token";

    private readonly string tokenFile = Path.GetTempFileName();
    private StandInTokenEndpoint entra = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        await File.WriteAllTextAsync(tokenFile, Assertion + "\n", Token);
        entra = await StandInTokenEndpoint.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        File.Delete(tokenFile);
        await entra.DisposeAsync();
    }

    [Fact]
    public async Task Store_WithTheIdentityOfTheEnvironment_AsksForATokenOnceAndWorks()
    {
        string?[] before = Set(entra.Authority.AbsoluteUri, "my-tenant", "my-client", tokenFile);
        try
        {
            using var store = (AzureObjectStore)ObjectStores.OpenAzure(Settings(), TimeProvider.System);
            await store.PutAsync("a", "by identity");
            Assert.Equal("by identity"u8.ToArray(), await store.ReadAsync("a"));
            await store.ClearAsync();
        }
        finally
        {
            Set(before);
        }

        var (path, form) = Assert.Single(entra.Requests);
        Assert.Equal("/my-tenant/oauth2/v2.0/token", path);
        Assert.Equal(
            new Dictionary<string, string>
            {
                ["grant_type"] = "client_credentials",
                ["client_id"] = "my-client",
                ["scope"] = "https://storage.azure.com/.default",
                ["client_assertion_type"] = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
                ["client_assertion"] = Assertion,
            },
            form);
    }

    [Fact]
    public async Task GetTokenAsync_OneThatIsStillGood_IsNotAskedForAgain()
    {
        var time = new FakeTimeProvider();
        using var credential = new AzureWorkloadIdentity(Identity(), time);
        var context = new TokenRequestContext(["https://storage.azure.com/.default"]);

        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => credential.GetTokenAsync(context, Token).AsTask()));
        time.Advance(TimeSpan.FromMinutes(53));
        await credential.GetTokenAsync(context, Token);
        Assert.Single(entra.Requests);

        await File.WriteAllTextAsync(tokenFile, "canary.renewed.token", Token);
        time.Advance(TimeSpan.FromMinutes(1));
        await credential.GetTokenAsync(context, Token);
        Assert.Equal("canary.renewed.token", entra.Requests.Last().Form["client_assertion"]);
    }

    [Theory]
    [InlineData(401, """{"error":"invalid_client","error_description":"AADSTS70021: No matching federated identity record found for canary.pod.token.\r\nTrace ID: x"}""", ObjectStoreFault.Denied, "answered 401: AADSTS70021: No matching federated identity record found for ***")]
    [InlineData(400, "<html>", ObjectStoreFault.Denied, "answered 400")]
    [InlineData(503, "{}", ObjectStoreFault.Transient, "answered 503")]
    [InlineData(429, "", ObjectStoreFault.Transient, "answered 429")]
    [InlineData(200, "{}", ObjectStoreFault.Transient, "the answer holds none")]
    [InlineData(200, "[]", ObjectStoreFault.Transient, "the answer holds none")]
    public async Task Store_WithoutAToken_SaysWhyAfterOneRequest(int status, string body, ObjectStoreFault fault, string expected)
    {
        entra.Refusal = (status, body);

        var trouble = await PutAsync(fault, Identity());

        Assert.Contains("put a in azure://backups/", trouble.Message, StringComparison.Ordinal);
        Assert.Contains(expected, trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", trouble.ToString(), StringComparison.Ordinal);
        Assert.Single(entra.Requests);
    }

    [Fact]
    public async Task Store_WithNothingInjected_SaysWhatIsMissingAndHowItIsHad()
    {
        var trouble = await PutAsync(ObjectStoreFault.Denied, Identity() with { ClientId = "", TokenFile = null });

        Assert.Contains("(AZURE_CLIENT_ID, AZURE_FEDERATED_TOKEN_FILE missing)", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("azure.workload.identity/use: \"true\"", trouble.Message, StringComparison.Ordinal);
        Assert.Empty(entra.Requests);
    }

    [Fact]
    public async Task Store_WhoseTokenFileIsGone_NamesTheFile() =>
        Assert.Contains("/nowhere/token cannot be read", (await PutAsync(ObjectStoreFault.Denied, Identity() with { TokenFile = "/nowhere/token" })).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Store_WhoseAuthorityIsNotThere_IsTransient() => Assert.Contains(
        "no token for the workload identity: the name of https://login.invalid was not found",
        (await PutAsync(ObjectStoreFault.Transient, Identity() with { Authority = new Uri("https://login.invalid/") })).Message,
        StringComparison.Ordinal);

    [Fact]
    public async Task Store_WhoseAuthorityIsNotHttps_SendsItNothing() => Assert.Contains(
        "AZURE_AUTHORITY_HOST is not https",
        (await PutAsync(ObjectStoreFault.Refused, Identity() with { Authority = new Uri("http://login.example.com/") })).Message,
        StringComparison.Ordinal);

    [Fact]
    public void Open_EndpointThatIsNotHttps_IsRefused()
    {
        var trouble = Assert.Throws<ObjectStoreException>(
            () => ObjectStores.OpenAzure(Settings() with { Endpoint = new Uri("http://myaccount.blob.core.windows.net") }, TimeProvider.System));

        Assert.Contains("never sent in the clear", trouble.Message, StringComparison.Ordinal);
    }

    // The emulator has its account in the path. A real account's endpoint names it in the host, and no name is needed beside it.
    private static AzureStoreSettings Settings()
    {
        var server = DevelopmentBlobs.Find();
        var settings = server.Settings($"storage-tests/{Guid.NewGuid():N}");
        return settings with { Endpoint = server.TlsEndpoint, VerifyTls = false, Credentials = null, EmulatedAccount = server.Owner.AccountName };
    }

    private static string?[] Set(params string?[] values)
    {
        string[] names = ["AZURE_AUTHORITY_HOST", "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_FEDERATED_TOKEN_FILE"];
        string?[] before = [.. names.Select(Environment.GetEnvironmentVariable)];
        foreach (var (name, value) in names.Zip(values))
        {
            Environment.SetEnvironmentVariable(name, value);
        }

        return before;
    }

    private AzureIdentitySettings Identity() => new() { TenantId = "my-tenant", ClientId = "my-client", TokenFile = tokenFile, Authority = entra.Authority };

    private static async Task<ObjectStoreException> PutAsync(ObjectStoreFault fault, AzureIdentitySettings identity)
    {
        using var credential = new AzureWorkloadIdentity(identity, TimeProvider.System);
        using var store = new AzureObjectStore(Settings(), credential, TimeProvider.System);
        return await StoreScope.AssertFaultAsync(fault, () => store.PutAsync("a"));
    }
}
