using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>What an owner is told when the service does not do it, and what happens to tokens.</summary>
public sealed class GcsFaultsTests : IAsyncLifetime
{
    private StandInGoogleStorage server = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => server = await StandInGoogleStorage.StartAsync();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task Tokens_OfManyRequests_AreAskedForOnce()
    {
        var store = Open();

        await Task.WhenAll(Enumerable.Range(0, 20).Select(number => store.PutAsync($"a/{number}")));

        Assert.InRange(server.Tokens.Issued, 1, 2);
        Assert.All(server.Requests.Where(request => request.Method == "POST" && request.Target != "/token"), request => Assert.StartsWith("Bearer token-", request.Headers["Authorization"], StringComparison.Ordinal));
    }

    [Fact]
    public async Task Tokens_NoLongerTaken_AreRenewedOnceForAll()
    {
        var store = Open();
        await store.PutAsync("a", "before");
        int before = server.Tokens.Issued;

        server.Tokens.Revoke();
        await Task.WhenAll(store.ReadAsync("a"), store.ReadAsync("a"), store.KeysAsync(), store.PutAsync("b"));

        Assert.Equal(before + 1, server.Tokens.Issued);
    }

    [Fact]
    public async Task Tokens_RefusedAgainAndAgain_AreDenied()
    {
        server.Break(new() { Instead = StandInGoogleAnswer.Json(401, "authError", "Invalid Credentials") }, _ => true, int.MaxValue);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => Open().KeysAsync());

        Assert.Contains("answered 401 authError: the access token is not taken; look at the service account", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_ThatWasDeleted_IsDenied()
    {
        server.Tokens.KeyIsGone = true;

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => Open().PutAsync("a"));

        Assert.Contains("Cannot put a in gs://backups/prod: no access token was given (invalid_grant)", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("nothing", "is no JSON")]
    [InlineData("{\"type\":\"authorized_user\",\"refresh_token\":\"canary-7f3a9c\"}", "its type is not service_account")]
    [InlineData("{\"type\":\"service_account\",\"private_key\":\"canary-7f3a9c\"}", "lacks client_email, private_key or token_uri")]
    public async Task Key_ThatIsNone_IsDeniedAndNotShown(string key, string words)
    {
        var store = ObjectStores.OpenGcs(server.Settings("prod") with { ServiceAccountKey = new Secret(key) }, TimeProvider.System);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => store.PutAsync("a"));

        Assert.Contains(words, trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Key_OfAnotherOwner_IsDenied()
    {
        using var other = RSA.Create(2048);
        string key = StandInGoogleTokens.KeyFile(StandInGoogleTokens.Owner, new Uri(server.Endpoint, "token"), other.ExportPkcs8PrivateKeyPem());

        await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Denied,
            () => ObjectStores.OpenGcs(server.Settings("prod") with { ServiceAccountKey = new Secret(key) }, TimeProvider.System).PutAsync("a"));
    }

    [Fact]
    public async Task Everything_WithoutRights_IsDeniedAndNamesTheRole()
    {
        await Open().PutAsync("a");
        var stranger = ObjectStores.OpenGcs(server.Settings("prod", StandInGoogleTokens.Stranger), TimeProvider.System);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.PutAsync("c"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.ReadAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.KeysAsync());
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.BeginUploadAsync("c", Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.DeleteAsync(["a"], Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => stranger.AbandonUploadsAsync("", Token));

        Assert.Contains("give it the role Storage Object User on bucket backups", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(["a"], await Open().KeysAsync());
    }

    [Fact]
    public async Task Everything_InABucketThatIsNotThere_IsNoBucket()
    {
        var nowhere = ObjectStores.OpenGcs(server.Settings("prod") with { Bucket = "no-such-bucket" }, TimeProvider.System);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.PutAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.ReadAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.KeysAsync());
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.BeginUploadAsync("a", Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.DeleteAsync(["a", "b"], Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.AbandonUploadsAsync("", Token));

        Assert.Contains("gs://no-such-bucket/prod", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("the bucket no-such-bucket does not exist; create it, or correct bucket", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(429, "rateLimitExceeded", ObjectStoreFault.Transient)]
    [InlineData(403, "userRateLimitExceeded", ObjectStoreFault.Transient)]
    [InlineData(503, "backendError", ObjectStoreFault.Transient)]
    [InlineData(408, "", ObjectStoreFault.Transient)]
    [InlineData(403, "accountDisabled", ObjectStoreFault.Refused)]
    [InlineData(403, "retentionPolicyNotMet", ObjectStoreFault.Locked)]
    [InlineData(403, "forbidden", ObjectStoreFault.Denied)]
    [InlineData(400, "invalid", ObjectStoreFault.Refused)]
    [InlineData(412, "conditionNotMet", ObjectStoreFault.Exists)]
    public async Task KeysAsync_AnswerOfAKind_IsThatFaultAfterOneRequest(int status, string reason, ObjectStoreFault fault)
    {
        server.Break(new() { Instead = StandInGoogleAnswer.Json(status, reason, "words") }, _ => true, int.MaxValue);

        var trouble = await StoreScope.AssertFaultAsync(fault, () => Open().KeysAsync());

        Assert.Single(server.Requests, request => request.Method == "GET");
        Assert.Contains($"answered {status}", trouble.Message, StringComparison.Ordinal);
        Assert.Contains(reason, trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void OpenGcs_EndpointWithoutTls_IsRefusedBeforeAnyToken()
    {
        var trouble = Assert.Throws<ObjectStoreException>(() => ObjectStores.OpenGcs(
            server.Settings("prod") with { Endpoint = new Uri("http://storage.example.com") }, TimeProvider.System));

        Assert.Equal(ObjectStoreFault.Refused, trouble.Fault);
        Assert.Contains("http://storage.example.com is not https", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task DeleteAsync_ObjectUnderRetention_IsLockedUntilItsEnd()
    {
        await Open().PutAsync("a");
        server.Break(new() { Instead = StandInGoogleAnswer.Json(403, "retentionPolicyNotMet", "words") }, request => request.Method == "DELETE", 1);
        server.Break(
            new() { Instead = new StandInGoogleAnswer(200, """{"retentionExpirationTime":"2027-03-04T05:06:07.000Z"}""") },
            request => request.Target.Contains("retentionExpirationTime", StringComparison.Ordinal),
            1);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Locked, () => Open().DeleteAsync(["a"], Token));

        Assert.Equal(new DateTimeOffset(2027, 3, 4, 5, 6, 7, TimeSpan.Zero), trouble.LockedUntil);
        Assert.Contains("delete a in gs://", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("until 2027-03-04 05:06:07 UTC", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Retries_OfAStoreThatSaysWhen_ComeThen()
    {
        var waits = new List<StoreRetry>();
        var store = Open().WithRetries(new RetrySettings { Attempts = 2, FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System, waits.Add);
        server.Break(new() { Instead = StandInGoogleAnswer.Json(429, "rateLimitExceeded", "slow down", retryAfterSeconds: 1) }, request => request.Method == "GET");

        Assert.Empty(await store.KeysAsync());

        Assert.Equal(TimeSpan.FromSeconds(1), Assert.Single(waits).Delay);
    }

    [Fact]
    public async Task PutPartAsync_BitTurnedOnItsWay_IsCorruptedAndMayBeSentAgain()
    {
        byte[] content = StoreScope.RandomBytes(200_000);
        server.Break(new() { Corrupts = true }, request => request.IsPart);
        await using var upload = await Open().BeginUploadAsync("a", Token);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Corrupted, () => upload.PutPartAsync(0, content, Token));
        await upload.PutPartAsync(0, content, Token);
        await upload.CompleteAsync(Token);

        Assert.Equal(content, await Open().ReadAsync("a"));
    }

    [Fact]
    public async Task CompleteAsync_ReplyLost_IsFoundDoneByRetries()
    {
        byte[] content = StoreScope.RandomBytes(200_000);
        var store = Open().WithRetries(new RetrySettings { Attempts = 3, FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);
        server.Break(new() { LosesReply = true }, request => request.IsComplete);
        await using var upload = await store.BeginUploadAsync("a", Token);
        await upload.PutPartAsync(0, content, Token);

        await upload.CompleteAsync(Token);

        Assert.Equal(content, await store.ReadAsync("a"));
    }

    [Fact]
    public async Task CompleteAsync_ErrorAfterStatus200_IsNoSuccess()
    {
        server.Break(new() { Instead = new StandInGoogleAnswer(200, "<Error><Code>InternalError</Code><Message>We failed.</Message></Error>") }, request => request.IsComplete);
        await using var upload = await Open().BeginUploadAsync("a", Token);
        await upload.PutPartAsync(0, "x"u8.ToArray(), Token);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => upload.CompleteAsync(Token));
        await upload.CompleteAsync(Token);

        Assert.Equal("x"u8.ToArray(), await Open().ReadAsync("a"));
    }

    [Fact]
    public async Task StorageClass_WhenAskedFor_IsThatOfPartsOnly()
    {
        var store = ObjectStores.OpenGcs(server.Settings("prod") with { StorageClass = "COLDLINE" }, TimeProvider.System);

        await store.PutAsync("a");
        await (await store.BeginUploadAsync("b", Token)).DisposeAsync();

        Assert.Equal("COLDLINE", server.Requests.Single(request => request.IsBegin && request.Target.EndsWith("?uploads", StringComparison.Ordinal)).Headers["x-goog-storage-class"]);
        Assert.Single(server.Requests, request => request.Headers.ContainsKey("x-goog-storage-class"));
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

        var store = ObjectStores.OpenGcs(server.Settings("prod") with { Endpoint = new Uri($"http://127.0.0.1:{port}") }, TimeProvider.System);
        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => store.PutAsync("a"));

        Assert.Contains($"http://127.0.0.1:{port} could not be reached", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Tls_AuthorityUnknown_IsRefusedUnlessItIsNotAskedFor()
    {
        var server = Testing.DevelopmentStore.Find();
        var settings = this.server.Settings("prod") with { Endpoint = server.TlsEndpoint };

        var trouble = await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Refused, () => ObjectStores.OpenGcs(settings, TimeProvider.System).KeysAsync());
        Assert.Contains("certificate that is not trusted", trouble.Message, StringComparison.Ordinal);

        // It is no Google behind it: that it answers at all shows that its certificate was taken.
        foreach (var trusting in new[] { settings with { CaBundlePem = server.CaPem }, settings with { VerifyTls = false } })
        {
            trouble = await Assert.ThrowsAsync<ObjectStoreException>(() => ObjectStores.OpenGcs(trusting, TimeProvider.System).KeysAsync());
            Assert.Contains("answered 4", trouble.Message, StringComparison.Ordinal);
        }
    }

    private IObjectStore Open() => ObjectStores.OpenGcs(server.Settings("prod"), TimeProvider.System);
}
