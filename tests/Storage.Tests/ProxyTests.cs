using System.Net;
using System.Net.Sockets;
using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>
/// What an owner is told when the proxy on the way lets nothing through. That the environment names it is tried with the whole program, which reads it once;
/// here it is set for hosts that nobody else asks for.
/// </summary>
public sealed class ProxyTests : IAsyncLifetime
{
    private const string Password = "canary-7f3a9c";

    private readonly IWebProxy before = HttpClient.DefaultProxy;
    private readonly StandInProxy proxy = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string, string> Kinds => new MatrixTheoryData<string, string>(["s3", "gcs", "azure"], ["http", "https"]);

    public ValueTask InitializeAsync()
    {
        HttpClient.DefaultProxy = new ProxyOfOneHost(new Uri($"http://owner:{Password}@{proxy.Authority}"));
        return ValueTask.CompletedTask;
    }

    public async ValueTask DisposeAsync()
    {
        HttpClient.DefaultProxy = before;
        await proxy.DisposeAsync();
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task PutAsync_ProxyThatDemandsCredentials_IsDenied(string kind, string scheme)
    {
        proxy.Refusal = HttpStatusCode.ProxyAuthenticationRequired;

        var trouble = await PutAsync(ObjectStoreFault.Denied, kind, scheme);

        Assert.Contains($"the proxy http://{proxy.Authority} answered 407: it demands credentials", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3", HttpStatusCode.Forbidden, ObjectStoreFault.Denied, "it does not allow https://store.behind-a-proxy.invalid")]
    [InlineData("gcs", HttpStatusCode.Forbidden, ObjectStoreFault.Denied, "name its host in NO_PROXY")]
    [InlineData("azure", HttpStatusCode.Forbidden, ObjectStoreFault.Denied, "it does not allow https://store.behind-a-proxy.invalid")]
    [InlineData("s3", HttpStatusCode.BadGateway, ObjectStoreFault.Transient, "it did not reach https://store.behind-a-proxy.invalid")]
    [InlineData("azure", HttpStatusCode.MethodNotAllowed, ObjectStoreFault.Refused, "it makes no way to https://store.behind-a-proxy.invalid")]
    public async Task PutAsync_ProxyThatMakesNoTunnel_SaysWhy(string kind, HttpStatusCode status, ObjectStoreFault fault, string words)
    {
        proxy.Refusal = status;

        var trouble = await PutAsync(fault, kind, "https");

        Assert.Contains($"the proxy http://{proxy.Authority} answered {(int)status}: ", trouble.Message, StringComparison.Ordinal);
        Assert.Contains(words, trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Kinds))]
    public async Task PutAsync_ProxyThatIsAway_IsTransientAndNamesIt(string kind, string scheme)
    {
        string authority = proxy.Authority;
        await proxy.DisposeAsync();

        var trouble = await PutAsync(ObjectStoreFault.Transient, kind, scheme);

        Assert.Contains($"the proxy http://{authority}, which leads to ", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("could not be reached", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_ProxyThatNeverAnswers_IsTransientAtTheLimitAndNamesIt()
    {
        using var deaf = new TcpListener(IPAddress.Loopback, 0);
        deaf.Start();
        HttpClient.DefaultProxy = new ProxyOfOneHost(new Uri($"http://{deaf.LocalEndpoint}"));
        var settings = new S3StoreSettings
        {
            Bucket = "b", Endpoint = new Uri($"https://{ProxyOfOneHost.Host}"), Credentials = new S3Credentials("a", new Secret("b")), ConnectTimeout = TimeSpan.FromMilliseconds(300),
        };

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => ObjectStores.OpenS3(settings, TimeProvider.System).PutAsync("a"));

        Assert.Contains($"the proxy http://{deaf.LocalEndpoint}, which leads to ", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_ProxyWhoseNameIsNotFound_IsTransientAndNamesIt()
    {
        HttpClient.DefaultProxy = new ProxyOfOneHost(new Uri("http://proxy.invalid:3128"));

        var trouble = await PutAsync(ObjectStoreFault.Transient, "s3", "https");

        Assert.Contains("the name of the proxy http://proxy.invalid:3128, which leads to", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("s3")]
    [InlineData("azure")]
    public async Task Requests_ThroughAProxyThatTakesThePassword_Arrive(string kind)
    {
        proxy.Credentials = $"owner:{Password}";
        await using var s3 = await FaultyStore.StartAsync();
        await using var azure = await FaultyStore.StartBlobsAsync();
        HttpClient.DefaultProxy = new ProxyOfOneHost(new Uri($"http://{proxy.Authority}"), kind == "s3" ? s3.Proxy.Endpoint : azure.Proxy.Endpoint)
        {
            Credentials = new NetworkCredential("owner", Password),
        };
        var store = kind == "s3" ? s3.Open() : azure.Open();
        byte[] content = StoreScope.RandomBytes(300_000);

        await store.PutAsync("whole", content, PutCondition.IfAbsent, Token);
        await using (var upload = await store.BeginUploadAsync("parts", Token))
        {
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await store.ReadAsync("whole"));
        Assert.Equal(content, await store.ReadAsync("parts"));
        Assert.InRange(proxy.Targets.Count, 4, 20);
    }

    [Theory]
    [InlineData(null, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    public async Task ForcePathStyle_AsAsked_DecidesTheHostOfABucket(bool? forced, bool inHost)
    {
        proxy.Refusal = HttpStatusCode.Forbidden;
        var settings = new S3StoreSettings
        {
            Bucket = "bucket", Endpoint = new Uri($"http://{ProxyOfOneHost.Host}"), ForcePathStyle = forced, Credentials = new S3Credentials("a", new Secret("b")),
        };

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => ObjectStores.OpenS3(settings, TimeProvider.System).PutAsync("a"));

        Assert.Equal([$"PUT {(inHost ? "bucket." : "")}{ProxyOfOneHost.Host}"], proxy.Targets);
    }

    private static async Task<ObjectStoreException> PutAsync(ObjectStoreFault fault, string kind, string scheme)
    {
        var endpoint = new Uri($"{scheme}://{ProxyOfOneHost.Host}");
        var store = Open(kind, endpoint);
        using var closing = store as IDisposable;

        var trouble = await StoreScope.AssertFaultAsync(fault, () => store.PutAsync("a"));

        Assert.DoesNotContain(Password, trouble.ToString(), StringComparison.Ordinal);
        return trouble;
    }

    // A service account's token never goes in the clear; an HMAC key's signature may.
    private static IObjectStore Open(string kind, Uri endpoint) => (kind, endpoint.Scheme) switch
    {
        ("azure", _) => ObjectStores.OpenAzure(
            new AzureStoreSettings { Container = "c", Endpoint = endpoint, Credentials = new AzureAccountKey("account", new Secret("a2V5")) }, TimeProvider.System),
        ("gcs", "https") => ObjectStores.OpenGcs(
            new GcsStoreSettings { Bucket = "b", ServiceAccountKey = new Secret(StandInGoogleTokens.KeyFile(StandInGoogleTokens.Owner, endpoint)), Endpoint = endpoint }, TimeProvider.System),
        _ => ObjectStores.OpenS3(
            new S3StoreSettings
            {
                Bucket = "b",
                Endpoint = endpoint,
                Dialect = kind == "gcs" ? S3Dialect.Google : S3Dialect.Amazon,
                Credentials = new S3Credentials("a", new Secret("b")),
            },
            TimeProvider.System),
    };

    private sealed class ProxyOfOneHost(Uri address, Uri? target = null) : IWebProxy
    {
        public const string Host = "store.behind-a-proxy.invalid";

        public ICredentials? Credentials { get; set; }

        public Uri GetProxy(Uri destination) => address;

        public bool IsBypassed(Uri host) => target is null ? !host.Host.EndsWith(Host, StringComparison.Ordinal) : host.Authority != target.Authority;
    }
}
