using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>No credentials in the settings: those of where this runs, told by the environment. The store behind is real; what it is sent is looked at.</summary>
public sealed class S3CredentialChainTests : IAsyncLifetime
{
    private const string PodToken = "pod-token-canary";

    private readonly string tokenFile = Path.GetTempFileName();
    private readonly HashSet<string> changed = [];
    private FaultyStore<S3StoreSettings> store = null!;
    private StandInTokenService service = null!;

    public async ValueTask InitializeAsync()
    {
        store = await FaultyStore.StartAsync();
        service = await StandInTokenService.StartAsync();
        await File.WriteAllTextAsync(tokenFile, PodToken);
        Set("AWS_EC2_METADATA_DISABLED", "true");
        Set("AWS_ENDPOINT_URL_STS", service.Endpoint.AbsoluteUri);
    }

    public async ValueTask DisposeAsync()
    {
        foreach (string name in changed)
        {
            Environment.SetEnvironmentVariable(name, null);
        }

        File.Delete(tokenFile);
        await service.DisposeAsync();
        await store.DisposeAsync();
    }

    [Fact]
    public async Task Credentials_OfTheEnvironment_AreUsed()
    {
        var owner = DevelopmentStore.Find().Owner;
        Set("AWS_ACCESS_KEY_ID", owner.AccessKeyId);
        Set("AWS_SECRET_ACCESS_KEY", owner.SecretAccessKey.Reveal());

        await Open().PutAsync("a");

        Assert.Equal(["a"], await store.Direct.KeysAsync());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Credentials_NowhereToBeFound_AreDeniedWithinSeconds(bool metadataServiceStalls)
    {
        if (metadataServiceStalls)
        {
            service.Stalls = true;
            Set("AWS_EC2_METADATA_DISABLED", "false");
            Set("AWS_EC2_METADATA_SERVICE_ENDPOINT", service.Endpoint.AbsoluteUri);
        }

        var poor = Open(settings => settings with { IdentityTimeout = TimeSpan.FromSeconds(1) });
        var trouble = await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Denied, () => poor.PutAsync("a").WaitAsync(TimeSpan.FromSeconds(20), TestContext.Current.CancellationToken));

        Assert.Contains("no credentials were found in the provider's chain", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("name a Secret, or a serviceAccountName that a role is bound to", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task WebIdentity_OfThePod_IsARoleWhoseKeysAreUsedUntilTheyEnd()
    {
        BindRole();
        service.Lasting = TimeSpan.FromMinutes(4);
        var workload = Open();

        // The real store does not know these keys; what is sent counts. Keys that are near their end are renewed while they are still used.
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => workload.PutAsync("a"));
        service.Lasting = TimeSpan.FromHours(1);
        for (int i = 0; i < 5; i++)
        {
            await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => workload.PutAsync("a"));
        }

        var tokens = store.Proxy.Requests.Select(request => request.Headers["x-amz-security-token"]).ToList();
        Assert.Equal("role-session-1", tokens[0]);
        Assert.NotEqual(tokens[0], tokens[^1]);
        Assert.Contains($"Credential=ASIAROLE{tokens[^1].Split('-')[2]}/", store.Proxy.Requests[^1].Headers["Authorization"], StringComparison.Ordinal);
        Assert.InRange(service.Requests.Count, 2, 4);
        var asked = service.Requests.First();
        Assert.Equal(("AssumeRoleWithWebIdentity", "arn:aws:iam::1:role/backups", PodToken), (asked["Action"], asked["RoleArn"], asked["WebIdentityToken"]));
    }

    [Theory]
    [InlineData(403, "AccessDenied", ObjectStoreFault.Denied)]
    [InlineData(400, "InvalidIdentityToken", ObjectStoreFault.Denied)]
    [InlineData(400, "IDPCommunicationError", ObjectStoreFault.Transient)]
    [InlineData(503, "ServiceUnavailable", ObjectStoreFault.Transient)]
    public async Task WebIdentity_RoleThatIsNotGiven_SaysWhy(int status, string code, ObjectStoreFault fault)
    {
        BindRole();
        service.Refusal = (status, code, $"Not authorized: {PodToken}");

        var trouble = await StoreScope.AssertFaultAsync(fault, () => Open().PutAsync("a"));

        Assert.Contains(
            $"the role arn:aws:iam::1:role/backups was not given: AWS's token service answered {status} {code} (Not authorized: ***)",
            trouble.Message,
            StringComparison.Ordinal);
        Assert.DoesNotContain(PodToken, trouble.ToString(), StringComparison.Ordinal);
        Assert.Empty(store.Proxy.Requests);
    }

    [Fact]
    public async Task WebIdentity_TokenServiceAway_IsTransient()
    {
        BindRole();
        await service.DisposeAsync();

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => Open().PutAsync("a"));

        Assert.Contains("the role arn:aws:iam::1:role/backups could not be asked for", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ROLE_ARN", "", ObjectStoreFault.Denied, "AWS_ROLE_ARN is missing")]
    [InlineData("AWS_WEB_IDENTITY_TOKEN_FILE", "/none/token", ObjectStoreFault.Denied, "the Pod's token in /none/token cannot be read")]
    [InlineData("AWS_ENDPOINT_URL_STS", "http://sts.example.com", ObjectStoreFault.Refused, "never sent in the clear")]
    public async Task WebIdentity_Incomplete_SaysWhatIsWrong(string name, string value, ObjectStoreFault fault, string words)
    {
        BindRole();
        Set(name, value);

        var trouble = await StoreScope.AssertFaultAsync(fault, () => Open().PutAsync("a"));

        Assert.Contains(words, trouble.Message, StringComparison.Ordinal);
        Assert.Empty(service.Requests);
    }

    [Fact]
    public async Task PodIdentity_OfTheAgent_IsUsed()
    {
        Set("AWS_CONTAINER_CREDENTIALS_FULL_URI", $"{service.Endpoint.AbsoluteUri}v1/credentials");
        Set("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", tokenFile);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => Open().PutAsync("a"));

        Assert.Equal("pod-session-1", Assert.Single(store.Proxy.Requests).Headers["x-amz-security-token"]);
        Assert.Equal(PodToken, Assert.Single(service.Requests)["Authorization"]);
    }

    [Fact]
    public async Task SessionToken_OfTheSecret_IsSent()
    {
        var credentials = new S3Credentials("ASIASECRET", new Secret("secret"), new Secret("session-of-the-secret"));

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => Open(settings => settings with { Credentials = credentials }).PutAsync("a"));

        var sent = Assert.Single(store.Proxy.Requests).Headers;
        Assert.Equal("session-of-the-secret", sent["x-amz-security-token"]);
        Assert.Contains("x-amz-security-token", sent["Authorization"], StringComparison.Ordinal);
    }

    private void BindRole()
    {
        Set("AWS_ROLE_ARN", "arn:aws:iam::1:role/backups");
        Set("AWS_WEB_IDENTITY_TOKEN_FILE", tokenFile);
    }

    private IObjectStore Open(Func<S3StoreSettings, S3StoreSettings>? change = null) => store.Open(settings =>
    {
        var without = settings with { Credentials = null };
        return change is null ? without : change(without);
    });

    private void Set(string name, string? value)
    {
        changed.Add(name);
        Environment.SetEnvironmentVariable(name, value);
    }
}
