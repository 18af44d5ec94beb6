using System.Net;
using System.Net.Sockets;
using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>What an owner is told when a store does not do it.</summary>
public sealed class S3FaultsTests : IAsyncLifetime
{
    private const string Canary = "canary-7f3a9c";

    private FaultyStore<S3StoreSettings> store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => store = await FaultyStore.StartAsync();

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task PutAsync_WrongSecretKey_IsDenied()
    {
        var wrong = store.Settings.Credentials! with { SecretAccessKey = new Secret(Canary) };

        var trouble = await PutAsync(ObjectStoreFault.Denied, settings => settings with { Credentials = wrong });

        Assert.Equal("SignatureDoesNotMatch", trouble.Code);
        Assert.Contains("put a in s3://backups/storage-tests/", trouble.Message, StringComparison.Ordinal);
        Assert.Contains(
            $"{store.Proxy.Endpoint.GetLeftPart(UriPartial.Authority)} answered 403 SignatureDoesNotMatch: the secret access key does not",
            trouble.Message,
            StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_UnknownAccessKey_IsDenied()
    {
        var unknown = new S3Credentials("AKIAUNKNOWN", new Secret(Canary));

        var trouble = await PutAsync(ObjectStoreFault.Denied, settings => settings with { Credentials = unknown });

        Assert.Equal("InvalidAccessKeyId", trouble.Code);
    }

    [Fact]
    public async Task Everything_WithoutRights_IsDenied()
    {
        var stranger = store.Open(settings => settings with { Credentials = DevelopmentStore.Find().Stranger });
        await store.Direct.PutAsync("a");
        await store.Direct.PutAsync("b");

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.PutAsync("c"));
        await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Denied, () => stranger.PutAsync("c", "x"u8.ToArray(), PutCondition.IfAbsent, Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.ReadAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.KeysAsync());
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.BeginUploadAsync("c", Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.DeleteAsync(["a"], Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.DeleteAsync(["a", "b"], Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.AbandonUploadsAsync("", Token));
        Assert.Equal(["a", "b"], await store.Direct.KeysAsync());
    }

    [Fact]
    public async Task Everything_InABucketThatIsNotThere_IsNoBucket()
    {
        var nowhere = store.Open(settings => settings with { Bucket = "no-such-bucket" });

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.PutAsync("a"));
        await StoreScope.AssertFaultAsync(
            ObjectStoreFault.NoBucket, () => nowhere.PutAsync("a", "x"u8.ToArray(), PutCondition.IfAbsent, Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.ReadAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.KeysAsync());
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.BeginUploadAsync("a", Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.DeleteAsync(["a", "b"], Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.AbandonUploadsAsync("", Token));
        Assert.Contains("s3://no-such-bucket/", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("the bucket does not exist", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_NobodyListens_IsTransient()
    {
        int port;
        using (var listener = new TcpListener(IPAddress.Loopback, 0))
        {
            listener.Start();
            port = ((IPEndPoint)listener.LocalEndpoint).Port;
        }

        var trouble = await PutAsync(
            ObjectStoreFault.Transient, settings => settings with { Endpoint = new Uri($"http://127.0.0.1:{port}") });

        Assert.Contains($"http://127.0.0.1:{port} could not be reached", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_NameThatNobodyHas_IsTransient()
    {
        var trouble = await PutAsync(
            ObjectStoreFault.Transient, settings => settings with { Endpoint = new Uri("http://store.invalid:9000") });

        Assert.Contains("the name of http://store.invalid:9000 was not found", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_StoreThatStalls_EndsAtTheLimit()
    {
        store.Proxy.Break(StandInFault.Stall, request => request.IsPut);

        var trouble = await PutAsync(
            ObjectStoreFault.Transient, settings => settings with { StallTimeout = TimeSpan.FromMilliseconds(500) });

        Assert.Contains("let nothing move for 0.5 s", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task ReadAsync_AnswerThatStalls_EndsAtTheLimit()
    {
        await store.Direct.PutAsync("a", StoreScope.RandomBytes(100_000), PutCondition.None, Token);
        store.Proxy.Break(StandInFault.StallInResponse);
        var reader = store.Open(settings => settings with { StallTimeout = TimeSpan.FromMilliseconds(500) });

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => reader.ReadAsync("a"));

        Assert.Contains("let nothing move for 0.5 s", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_GivenUpWhileItStalls_EndsAtOnce()
    {
        store.Proxy.Break(StandInFault.Stall, request => request.IsPut);
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.Open().PutAsync("a", new byte[1_000_000], PutCondition.None, giveUp.Token).WaitAsync(TimeSpan.FromSeconds(5), Token));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "SlowDown", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.InternalServerError, "InternalError", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.BadGateway, "", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.TooManyRequests, "", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.BadRequest, "RequestTimeout", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.Conflict, "ConditionalRequestConflict", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.BadRequest, "BadDigest", ObjectStoreFault.Corrupted)]
    [InlineData(HttpStatusCode.BadRequest, "ExpiredToken", ObjectStoreFault.Denied)]
    [InlineData(HttpStatusCode.Forbidden, "", ObjectStoreFault.Denied)]
    [InlineData(HttpStatusCode.Forbidden, "RequestTimeTooSkewed", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.Forbidden, "QuotaExceeded", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.BadRequest, "AuthorizationHeaderMalformed", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.BadRequest, "InvalidStorageClass", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.MovedPermanently, "PermanentRedirect", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.NotImplemented, "NotImplemented", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.InsufficientStorage, "", ObjectStoreFault.Refused)]
    public async Task PutAsync_AnswerOfAKind_IsThatFaultAfterOneRequest(HttpStatusCode status, string code, ObjectStoreFault fault)
    {
        store.Proxy.Break(StandInFault.Answer(status, code), times: int.MaxValue);

        var trouble = await PutAsync(fault);

        Assert.Single(store.Proxy.Requests);
        Assert.Contains($"answered {(int)status}", trouble.Message, StringComparison.Ordinal);
        Assert.Contains(code, trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(nameof(StandInFault.ResetInRequest))]
    [InlineData(nameof(StandInFault.LoseReply))]
    public async Task PutAsync_ConnectionThatBreaks_IsTransientAfterOneRequest(string fault)
    {
        store.Proxy.Break(
            fault == nameof(StandInFault.LoseReply) ? StandInFault.LoseReply : StandInFault.ResetInRequest, times: int.MaxValue);

        var trouble = await PutAsync(ObjectStoreFault.Transient);

        Assert.Single(store.Proxy.Requests);
        Assert.Contains("broke off", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_BitTurnedOnItsWay_IsCorruptedAndNoObject()
    {
        store.Proxy.Break(StandInFault.Corrupt, times: int.MaxValue);

        await PutAsync(ObjectStoreFault.Corrupted);

        Assert.Empty(await store.Direct.KeysAsync());
    }

    [Fact]
    public async Task PutPartAsync_BitTurnedOnItsWay_IsCorruptedAndMayBeSentAgain()
    {
        byte[] content = StoreScope.RandomBytes(200_000);
        store.Proxy.Break(StandInFault.Corrupt, request => request.IsPart);
        await using var upload = await store.Open().BeginUploadAsync("a", Token);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Corrupted, () => upload.PutPartAsync(0, content, Token));
        await upload.PutPartAsync(0, content, Token);
        await upload.CompleteAsync(Token);

        Assert.Equal(content, await store.Direct.ReadAsync("a"));
    }

    [Fact]
    public async Task Messages_OfAStoreThatEchoes_HoldNoSecret()
    {
        var credentials = new S3Credentials("AKIACANARY", new Secret(Canary), new Secret("token-" + Canary));
        store.Proxy.Break(
            StandInFault.Answer(HttpStatusCode.Forbidden, "Odd", $"You sent AKIACANARY, {Canary} and token-{Canary}."), times: int.MaxValue);

        var trouble = await PutAsync(ObjectStoreFault.Denied, settings => settings with { Credentials = credentials });

        Assert.Contains("You sent ***, *** and token-***", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("AKIACANARY", trouble.ToString(), StringComparison.Ordinal);
    }

    private async Task<ObjectStoreException> PutAsync(
        ObjectStoreFault fault, Func<S3StoreSettings, S3StoreSettings>? change = null)
    {
        var trouble = await StoreScope.AssertFaultAsync(
            fault, () => store.Open(change).PutAsync("a", StoreScope.RandomBytes(1_000_000), PutCondition.None, Token));
        Assert.DoesNotContain(Canary, trouble.ToString(), StringComparison.Ordinal);
        return trouble;
    }
}
