using System.Diagnostics;
using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Reading;

/// <summary>
/// The proxy that an owner names in a storage's <c>containerOptions.env</c>. The runtime reads these variables once in a process, so the program itself runs
/// here, by the verb for people: it opens stores as a Job does, and what it lists is nothing.
/// </summary>
public sealed class ProxyEnvironmentTests : IAsyncLifetime
{
    private const string Listed = "has no backup in xbcloud's layout: nothing lies there";
    private const string Password = "canary-7f3a9c";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();
    private readonly StandInProxy proxy = new();
    private readonly Dictionary<string, string> environment = [];
    private StandInGoogleStorage google = null!;

    public async ValueTask InitializeAsync()
    {
        google = await StandInGoogleStorage.StartAsync();
        environment["HTTPS_PROXY"] = environment["HTTP_PROXY"] = $"http://owner:{Password}@{proxy.Authority}";
        proxy.Credentials = $"owner:{Password}";
    }

    public async ValueTask DisposeAsync()
    {
        await google.DisposeAsync();
        await proxy.DisposeAsync();
        folder.Delete(recursive: true);
    }

    [Theory]
    [InlineData(StorageType.S3)]
    [InlineData(StorageType.Gcs)]
    [InlineData(StorageType.Azure)]
    public async Task Fetch_WithAProxyInTheEnvironment_GoesThroughItAndAroundItAsNoProxySays(StorageType type)
    {
        var (storage, endpoint) = Storage(type);
        string[] way = endpoint.Scheme == Uri.UriSchemeHttps ? [$"CONNECT {endpoint.Authority}"] : [$"POST {endpoint.Authority}", $"GET {endpoint.Authority}"];

        string said = await FetchAsync(storage);

        Assert.Contains(Listed, said, StringComparison.Ordinal);
        Assert.Equal(way, proxy.Targets.Distinct());

        int before = proxy.Targets.Count;
        environment["NO_PROXY"] = $"example.com,{endpoint.Host}";
        Assert.Contains(Listed, await FetchAsync(storage), StringComparison.Ordinal);
        Assert.Equal(before, proxy.Targets.Count);
    }

    [Theory]
    [InlineData(StorageType.S3)]
    [InlineData(StorageType.Azure)]
    public async Task Fetch_AsAWorkload_AsksForTokensThroughTheProxyToo(StorageType type)
    {
        await using var tokens = await StandInTokenService.StartAsync();
        tokens.Refusal = (403, "AccessDenied", "not for you");
        string place = tokens.Endpoint.AbsoluteUri;
        string file = Write("token", "pod-token");
        foreach (var (name, value) in new[]
        {
            ("AWS_ROLE_ARN", "arn:aws:iam::1:role/backups"), ("AWS_WEB_IDENTITY_TOKEN_FILE", file), ("AWS_ENDPOINT_URL_STS", place),
            ("AZURE_CLIENT_ID", "client"), ("AZURE_TENANT_ID", "tenant"), ("AZURE_FEDERATED_TOKEN_FILE", file), ("AZURE_AUTHORITY_HOST", place),
        })
            environment[name] = value;

        var storage = Storage(type).Storage with { CredentialsSecret = null };
        if (storage.Azure is { } azure)
            storage = storage with { Azure = azure with { Endpoint = new Uri("https://myaccount.blob.core.windows.net") } };
        string said = await FetchAsync(storage);

        Assert.Contains("StorageDenied: ", said, StringComparison.Ordinal);
        Assert.Equal([$"POST {tokens.Endpoint.Authority}"], proxy.Targets.Distinct());
        Assert.Single(tokens.Requests);
    }

    [Fact]
    public async Task Fetch_ProxyThatDoesNotTakeThePassword_SaysSoOnceAndNotThePassword()
    {
        proxy.Credentials = "owner:another";

        string said = await FetchAsync(Storage(StorageType.S3).Storage);

        Assert.Contains("StorageDenied: ", said, StringComparison.Ordinal);
        Assert.Contains($"the proxy http://{proxy.Authority} answered 407: it demands credentials, or does not take those in its address", said, StringComparison.Ordinal);
        Assert.DoesNotContain("is made again", said, StringComparison.Ordinal);
        Assert.DoesNotContain(Password, said, StringComparison.Ordinal);
    }

    private (StorageRequest Storage, Uri Endpoint) Storage(StorageType type)
    {
        string prefix = $"sidecar-tests/{Guid.NewGuid():N}";
        var storage = new StorageRequest { Name = "main", Type = type, CredentialsSecret = "secret" };
        switch (type)
        {
            case StorageType.S3:
                var store = DevelopmentStore.Find();
                Write("AWS_ACCESS_KEY_ID", store.Owner.AccessKeyId);
                Write("AWS_SECRET_ACCESS_KEY", store.Owner.SecretAccessKey.Reveal());
                Write("ca.pem", store.CaPem);
                return (storage with { HasCaBundle = true, S3 = new S3StorageRequest { Bucket = store.Bucket, Prefix = prefix, Endpoint = store.TlsEndpoint } }, store.TlsEndpoint);
            case StorageType.Azure:
                var blobs = DevelopmentBlobs.Find();
                Write("AZURE_STORAGE_ACCOUNT_NAME", blobs.Owner.AccountName!);
                Write("AZURE_STORAGE_ACCOUNT_KEY", blobs.Owner.Key.Reveal());
                Write("ca.pem", blobs.CaPem);
                return (storage with { HasCaBundle = true, Azure = new AzureStorageRequest { Container = blobs.Container, Prefix = prefix, Endpoint = blobs.TlsEndpoint } }, blobs.TlsEndpoint);
            default:
                Write("service-account.json", google.Settings(prefix).ServiceAccountKey!.Reveal());
                return (storage with { Gcs = new GcsStorageRequest { Bucket = StandInGoogleStorage.Bucket, Prefix = prefix, Endpoint = google.Endpoint } }, google.Endpoint);
        }
    }

    private async Task<string> FetchAsync(StorageRequest storage)
    {
        string request = Write("request.json", JsonSerializer.Serialize(
            new { storage, xbCloud = "nothing", files = new { credentials = folder.FullName, caBundle = Path.Combine(folder.FullName, "ca.pem") } }, ProtocolJson.Default.Options));
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ControlPlane.Sidecar.dll"), "fetch", "--list", request])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        foreach (string name in start.Environment.Keys.Where(name => name.EndsWith("_PROXY", StringComparison.OrdinalIgnoreCase)).ToList())
            start.Environment.Remove(name);
        foreach (var (name, value) in environment)
            start.Environment[name] = value;
        using var program = Process.Start(start)!;
        var output = program.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        string said = await program.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        Assert.Equal("", await output);
        await program.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.Equal(1, program.ExitCode);
        return said;
    }

    private string Write(string name, string content)
    {
        string file = Path.Combine(folder.FullName, name);
        File.WriteAllText(file, content);
        return file;
    }
}
