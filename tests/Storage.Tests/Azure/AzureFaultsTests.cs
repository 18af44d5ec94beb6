using System.Net;
using System.Net.Sockets;
using Azure.Storage;
using Azure.Storage.Sas;
using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>What an owner is told when the service does not do it.</summary>
public sealed class AzureFaultsTests : IAsyncLifetime
{
    private const string Canary = "Y2FuYXJ5LTdmM2E5Yw==";

    private FaultyStore<AzureStoreSettings> store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => store = await FaultyStore.StartBlobsAsync();

    public ValueTask DisposeAsync() => store.DisposeAsync();

    [Fact]
    public async Task PutAsync_WrongKey_IsDenied()
    {
        var wrong = DevelopmentBlobs.Find().Owner with { Key = new Secret(Canary) };

        var trouble = await PutAsync(ObjectStoreFault.Denied, settings => settings with { Credentials = wrong });

        Assert.Contains("put a in azure://backups/storage-tests/", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("answered 403 Auth", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_KeyThatIsNoBase64_IsDeniedAtOnceAndNotShown()
    {
        var wrong = new AzureAccountKey("backups", new Secret("no key: canary"));

        var trouble = Assert.Throws<ObjectStoreException>(() => store.Open(settings => settings with { Credentials = wrong }));

        Assert.Equal(ObjectStoreFault.Denied, trouble.Fault);
        Assert.Contains("The key of storage account 'backups' is no key", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task SasToken_OfTheContainer_DoesEverything()
    {
        var signed = store.Open(settings => settings with { Credentials = Sas("racwdl", TimeSpan.FromHours(1)) });
        byte[] content = StoreScope.RandomBytes(10_000);

        await signed.PutAsync("a", content, PutCondition.IfAbsent, Token);
        await using (var upload = await signed.BeginUploadAsync("b", Token))
        {
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        await using (var abandoned = await signed.BeginUploadAsync("c", Token))
        {
            await abandoned.PutPartAsync(0, content, Token);
            Assert.Equal(1, await signed.AbandonUploadsAsync("", Token));
        }

        Assert.Equal(content, await signed.ReadAsync("b"));
        Assert.Equal(["a", "b"], await signed.KeysAsync());
        await signed.DeleteAsync(["a", "b"], Token);
        Assert.Empty(await signed.KeysAsync());
    }

    [Theory]
    [InlineData("rl", 1)]
    [InlineData("racwdl", -1)]
    public async Task SasToken_ThatIsPoorOrOver_IsDenied(string permissions, int hours)
    {
        var token = Sas(permissions, TimeSpan.FromHours(hours));

        var trouble = await PutAsync(ObjectStoreFault.Denied, settings => settings with { Credentials = token });

        Assert.DoesNotContain("sig=", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Everything_OfAStrangersAccount_FindsNoContainer()
    {
        var nowhere = store.Open(settings => settings with { Credentials = DevelopmentBlobs.Find().Stranger });

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.PutAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.ReadAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.KeysAsync());
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.DeleteAsync(["a", "b"], Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => nowhere.AbandonUploadsAsync("", Token));
        await using var upload = await nowhere.BeginUploadAsync("a", Token);
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => upload.PutPartAsync(0, new byte[10], Token));
        Assert.Contains("azure://backups/", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("the container does not exist; create it", trouble.Message, StringComparison.Ordinal);
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
            ObjectStoreFault.Transient, settings => settings with { Endpoint = new Uri("http://backups.blob.invalid") });

        Assert.Contains("the name of http://backups.blob.invalid was not found", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_StoreThatStalls_EndsAtTheLimit()
    {
        store.Proxy.Break(StandInFault.Stall, request => request.Method == "PUT");

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
    public async Task ReadAsync_AnswerThatBreaksOff_IsTransientAfterOneRequest()
    {
        await store.Direct.PutAsync("a", StoreScope.RandomBytes(1_000_000), PutCondition.None, Token);
        store.Proxy.Break(StandInFault.ResetInResponse, times: int.MaxValue);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => store.Open().ReadAsync("a"));

        Assert.Single(store.Proxy.Requests);
        Assert.Contains("broke off", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task PutAsync_GivenUpWhileItStalls_EndsAtOnce()
    {
        store.Proxy.Break(StandInFault.Stall, request => request.Method == "PUT");
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.Open().PutAsync("a", new byte[1_000_000], PutCondition.None, giveUp.Token).WaitAsync(TimeSpan.FromSeconds(5), Token));
    }

    [Theory]
    [InlineData(HttpStatusCode.ServiceUnavailable, "ServerBusy", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.InternalServerError, "OperationTimedOut", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.InternalServerError, "InternalError", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.BadGateway, "", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.TooManyRequests, "", ObjectStoreFault.Transient)]
    [InlineData(HttpStatusCode.BadRequest, "Md5Mismatch", ObjectStoreFault.Corrupted)]
    [InlineData(HttpStatusCode.Forbidden, "AuthorizationPermissionMismatch", ObjectStoreFault.Denied)]
    [InlineData(HttpStatusCode.Forbidden, "KeyBasedAuthenticationNotPermitted", ObjectStoreFault.Denied)]
    [InlineData(HttpStatusCode.Unauthorized, "NoAuthenticationInformation", ObjectStoreFault.Denied)]
    [InlineData(HttpStatusCode.Forbidden, "", ObjectStoreFault.Denied)]
    [InlineData(HttpStatusCode.Conflict, "BlobImmutableDueToPolicy", ObjectStoreFault.Locked)]
    [InlineData(HttpStatusCode.Conflict, "InvalidBlobType", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.Conflict, "ContainerBeingDeleted", ObjectStoreFault.NoBucket)]
    [InlineData(HttpStatusCode.PreconditionFailed, "LeaseIdMissing", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.BadRequest, "InvalidHeaderValue", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.BadRequest, "AccountRequiresHttps", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.NotImplemented, "", ObjectStoreFault.Refused)]
    [InlineData(HttpStatusCode.MovedPermanently, "", ObjectStoreFault.Refused)]
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
    public async Task DeleteAsync_ObjectThatAPolicyKeeps_IsLocked()
    {
        await store.Direct.PutAsync("a");
        store.Proxy.Break(StandInFault.Answer(HttpStatusCode.Conflict, "BlobImmutableDueToPolicy"), request => request.Method == "DELETE");

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Locked, () => store.Open().DeleteAsync(["a"], Token));

        Assert.Contains("an immutability policy or a legal hold keeps the object", trouble.Message, StringComparison.Ordinal);
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
        store.Proxy.Break(StandInFault.Corrupt, FaultyStore.IsBlock);
        await using var upload = await store.Open().BeginUploadAsync("a", Token);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Corrupted, () => upload.PutPartAsync(0, content, Token));
        await upload.PutPartAsync(0, content, Token);
        await upload.CompleteAsync(Token);

        Assert.Equal(content, await store.Direct.ReadAsync("a"));
    }

    [Fact]
    public async Task Messages_OfAServiceThatEchoes_HoldNoSecret()
    {
        store.Proxy.Break(StandInFault.Answer(HttpStatusCode.Forbidden, "Odd", "You sent sig=abc%2Bd, or abc+d."), times: int.MaxValue);
        var token = new AzureSasToken("backups", new Secret("?sv=2021-12-02&sig=abc%2Bd"));

        var trouble = await PutAsync(ObjectStoreFault.Denied, settings => settings with { Credentials = token });

        Assert.Contains("You sent sig=***, or ***", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("abc", trouble.ToString(), StringComparison.Ordinal);
    }

    private static AzureSasToken Sas(string permissions, TimeSpan lasts)
    {
        var server = DevelopmentBlobs.Find();
        var builder = new BlobSasBuilder
        {
            BlobContainerName = server.Container,
            Resource = "c",
            ExpiresOn = TimeProvider.System.GetUtcNow() + lasts,
        };
        builder.SetPermissions(permissions, normalize: true);
        var key = new StorageSharedKeyCredential(server.Owner.AccountName, server.Owner.Key.Reveal());
        return new AzureSasToken(server.Owner.AccountName, new Secret("?" + builder.ToSasQueryParameters(key)));
    }

    private async Task<ObjectStoreException> PutAsync(
        ObjectStoreFault fault, Func<AzureStoreSettings, AzureStoreSettings>? change = null)
    {
        var trouble = await StoreScope.AssertFaultAsync(
            fault, () => store.Open(change).PutAsync("a", StoreScope.RandomBytes(1_000_000), PutCondition.None, Token));
        Assert.DoesNotContain(Canary, trouble.ToString(), StringComparison.Ordinal);
        return trouble;
    }
}
