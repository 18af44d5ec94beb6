using System.Security.Cryptography;
using Azure.Storage.Blobs;
using Azure.Storage.Blobs.Models;
using Azure.Storage.Blobs.Specialized;
using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>What is really sent, and what is left alone.</summary>
public sealed class AzureWireTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Requests_WithABody_CarryAnMd5AndAreEachOneRequest()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        var store = faulty.Open(settings => settings with { AccessTier = "Cool" });
        byte[] content = StoreScope.RandomBytes(100_000);

        await store.PutAsync("put", content, PutCondition.IfAbsent, Token);
        await using (var upload = await store.BeginUploadAsync("parts", Token))
        {
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        var requests = faulty.Proxy.Requests;
        Assert.Equal(3, requests.Count);
        Assert.All(requests, request => Assert.Equal("2021-12-02", request.Headers["x-ms-version"]));
        Assert.All(requests.Take(2), request =>
        {
            Assert.Equal(Convert.ToBase64String(Md5(content)), request.Headers["Content-MD5"]);
            Assert.Equal("100000", request.Headers["Content-Length"]);
            Assert.DoesNotContain("x-ms-structured-body", request.Headers.Keys);
            Assert.DoesNotContain("x-ms-access-tier", request.Headers.Keys);
        });
        Assert.Equal("*", requests[0].Headers["If-None-Match"]);
        Assert.True(FaultyStore.IsBlock(requests[1]) && FaultyStore.IsCommit(requests[2]));
        Assert.Equal("Cool", requests[2].Headers["x-ms-access-tier"]);
        Assert.Equal(AccessTier.Cool.ToString(), (await Blob("parts", faulty.Settings).GetPropertiesAsync(cancellationToken: Token)).Value.AccessTier);
    }

    [Fact]
    public async Task ListAsync_MoreThanAPage_GoesOnWhereItEnded()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        string[] keys = ["a", "b", "c", "d", "e", "f", "é", "g", "\uffee", "😀"];
        foreach (string key in keys)
        {
            await faulty.Direct.PutAsync(key);
        }

        var store = faulty.Open(settings => settings with { PageSize = 3 });

        Assert.Equal(["a", "b", "c", "d", "e", "f", "g", "é", "\uffee", "😀"], await store.KeysAsync());
        Assert.Equal(4, faulty.Proxy.Requests.Count(request => request.Target.Contains("comp=list", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ListAsync_PageThatFails_IsAskedForAgainAlone()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        foreach (string key in new[] { "a", "b", "c" })
        {
            await faulty.Direct.PutAsync(key);
        }

        var store = faulty.OpenRetrying();
        faulty.Proxy.Break(StandInFault.SlowDown, times: 2);

        Assert.Equal(["a", "b", "c"], await store.KeysAsync());
    }

    [Fact]
    public async Task AbandonUploadsAsync_BlocksOfAnotherProgram_AreLeftAlone()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        var store = faulty.Direct;
        var stranger = Blob("a/stranger", faulty.Settings);
        string foreign = Convert.ToBase64String("block-000001"u8);
        await stranger.StageBlockAsync(foreign, new MemoryStream([1, 2, 3]), cancellationToken: Token);
        await store.PutAsync("a/empty", "");
        await store.PutAsync("a/whole", "whole");
        await using var mine = await store.BeginUploadAsync("a/mine", Token);
        await mine.PutPartAsync(0, "part"u8.ToArray(), Token);

        Assert.Equal(1, await store.AbandonUploadsAsync("a/", Token));

        Assert.Equal(["a/empty", "a/whole"], await store.KeysAsync());
        Assert.Equal("whole"u8.ToArray(), await store.ReadAsync("a/whole"));
        await stranger.CommitBlockListAsync([foreign], cancellationToken: Token);
        Assert.Equal([1, 2, 3], await store.ReadAsync("a/stranger"));
    }

    [Fact]
    public async Task Upload_DisposedOverAWholeObject_LeavesTheObject()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        await faulty.Direct.PutAsync("a", "old");

        await using (var upload = await faulty.Direct.BeginUploadAsync("a", Token))
        {
            await upload.PutPartAsync(0, "new"u8.ToArray(), Token);
        }

        Assert.Equal("old"u8.ToArray(), await faulty.Direct.ReadAsync("a"));
        Assert.Equal(0, await faulty.Direct.AbandonUploadsAsync("", Token));
        Assert.Equal("old"u8.ToArray(), await faulty.Direct.ReadAsync("a"));
    }

    [Fact]
    public async Task Upload_WhoseBlocksWereTakenAway_IsNotFound()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        await using var upload = await faulty.Direct.BeginUploadAsync("a", Token);
        await upload.PutPartAsync(0, "part"u8.ToArray(), Token);
        await faulty.Direct.AbandonUploadsAsync("", Token);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => upload.CompleteAsync(Token));

        Assert.Contains("the upload does not exist any more", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_WhoseCommitIsNotHeard_IsWholeAfterAll()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        byte[] content = StoreScope.RandomBytes(50_000);
        faulty.Proxy.Break(StandInFault.LoseReply, FaultyStore.IsBlock);
        faulty.Proxy.Break(StandInFault.LoseReply, FaultyStore.IsCommit);
        await using (var upload = await faulty.OpenRetrying().BeginUploadAsync("a", Token))
        {
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await faulty.Direct.ReadAsync("a"));
    }

    [Fact]
    public async Task ReadAsync_ConnectionThatBreaks_GoesOnWhereItBroke()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        byte[] content = StoreScope.RandomBytes(1_000_000);
        await faulty.Direct.PutAsync("a", content, PutCondition.None, Token);
        faulty.Proxy.Break(StandInFault.ResetInResponse, times: 2);

        Assert.Equal(content, await faulty.OpenRetrying().ReadAsync("a"));

        Assert.Contains(faulty.Proxy.Requests, request => request.Headers.Values.Any(value => value.StartsWith("bytes=", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task ListAsync_FolderOfAHierarchicalAccount_IsNoObject()
    {
        await using var faulty = await FaultyStore.StartBlobsAsync();
        var folder = new BlobUploadOptions { Metadata = new Dictionary<string, string> { ["hdi_isfolder"] = "true" } };
        await Blob("a", faulty.Settings).UploadAsync(Stream.Null, folder, Token);
        await faulty.Direct.PutAsync("a/b");

        Assert.Equal(["a/b"], await faulty.Direct.KeysAsync());
        await faulty.Direct.DeleteAsync(["a"], Token);
    }

    [Fact]
    public async Task Tls_AuthorityOfTheBundle_IsTrusted()
    {
        var server = DevelopmentBlobs.Find();
        var settings = server.Settings($"storage-tests/{Guid.NewGuid():N}") with { Endpoint = server.TlsEndpoint };

        var trusting = ObjectStores.OpenAzure(settings with { CaBundlePem = server.CaPem }, TimeProvider.System);
        await trusting.PutAsync("a", "over TLS");
        Assert.Equal("over TLS"u8.ToArray(), await trusting.ReadAsync("a"));

        var careless = ObjectStores.OpenAzure(settings with { VerifyTls = false }, TimeProvider.System);
        Assert.Equal(["a"], await careless.KeysAsync());
        await careless.ClearAsync();
    }

    [Fact]
    public async Task Tls_AuthorityUnknownOrAnother_IsRefused()
    {
        var server = DevelopmentBlobs.Find();
        var settings = server.Settings("storage-tests/tls") with { Endpoint = server.TlsEndpoint };
        using var stranger = StandInCertificate.Create();

        foreach (string? bundle in new[] { null, stranger.ExportCertificatePem() })
        {
            var store = ObjectStores.OpenAzure(settings with { CaBundlePem = bundle }, TimeProvider.System);
            var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.PutAsync("a"));

            Assert.Contains("certificate that is not trusted", trouble.Message, StringComparison.Ordinal);
        }
    }

    private static BlockBlobClient Blob(string key, AzureStoreSettings settings)
    {
        var server = DevelopmentBlobs.Find();
        var address = new AzureAddress(settings with { Endpoint = server.Endpoint });
        var options = new BlobClientOptions(BlobClientOptions.ServiceVersion.V2021_12_02);
        return new BlockBlobClient(
            address.Blob($"{settings.Prefix}/{key}"), new Azure.Storage.StorageSharedKeyCredential(server.Owner.AccountName, server.Owner.Key.Reveal()), options);
    }

    private static byte[] Md5(byte[] content)
    {
#pragma warning disable CA5351 // It is what the service checks bodies by.
        return MD5.HashData(content);
#pragma warning restore CA5351
    }
}
