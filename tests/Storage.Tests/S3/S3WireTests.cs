using System.Net;
using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>What is really sent: the settings that decide whether a compatible store takes it, and what it costs.</summary>
public sealed class S3WireTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Requests_WithABody_CarryAChecksumAndNoChunks(bool tls)
    {
        await using var faulty = await FaultyStore.StartAsync(tls);
        var store = faulty.Open(settings => settings with { VerifyTls = false });
        byte[] content = StoreScope.RandomBytes(100_000);

        await store.PutAsync("put", content, PutCondition.None, Token);
        await using (var upload = await store.BeginUploadAsync("parts", Token))
        {
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        var bodies = faulty.Proxy.Requests.Where(request => request.Method == "PUT").ToList();
        Assert.Equal(2, bodies.Count);
        Assert.Equal(S3Connection.Md5(content), bodies[0].Headers["Content-MD5"]);
        Assert.All(bodies, request =>
        {
            Assert.Equal(Crc32C.Base64(content), request.Headers["x-amz-checksum-crc32c"]);
            Assert.Equal("CRC32C", request.Headers["x-amz-sdk-checksum-algorithm"]);
            Assert.Equal("100000", request.Headers["Content-Length"]);
            Assert.DoesNotContain("x-amz-trailer", request.Headers.Keys);
            Assert.DoesNotContain("Content-Encoding", request.Headers.Keys);
            Assert.Equal(tls, request.Headers["x-amz-content-sha256"] == "UNSIGNED-PAYLOAD");
        });
        Assert.Equal("CRC32C", faulty.Proxy.Requests.Single(request => request.IsBegin).Headers["x-amz-checksum-algorithm"]);

        // Front ends rewrite these on the way: signed, they would break the signature.
        Assert.All(faulty.Proxy.Requests, request =>
        {
            Assert.DoesNotContain("accept-encoding", request.Headers["Authorization"], StringComparison.Ordinal);
            Assert.DoesNotContain("expect", request.Headers["Authorization"], StringComparison.Ordinal);
        });
    }

    [Theory]
    [InlineData("STANDARD_IA", "aws:kms", "alias/backups")]
    [InlineData("GLACIER_IR", "aws:kms", null)]
    [InlineData(null, "AES256", null)]
    [InlineData(null, null, null)]
    public async Task StorageClassAndEncryption_AsAskedFor_AreSentWhereTheyBelong(string? storageClass, string? encryption, string? key)
    {
        await using var faulty = await FaultyStore.StartAsync();
        var store = faulty.Open(settings => settings with
        {
            StorageClass = storageClass,
            ServerSideEncryption = encryption,
            KmsKeyId = key,
        });
        faulty.Proxy.Break(StandInFault.SlowDown, times: int.MaxValue);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => store.PutAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => store.BeginUploadAsync("b", Token));

        var put = faulty.Proxy.Requests[0].Headers;
        var begin = faulty.Proxy.Requests[1].Headers;
        Assert.DoesNotContain("x-amz-storage-class", put.Keys);
        Assert.Equal(storageClass, begin.GetValueOrDefault("x-amz-storage-class"));
        Assert.All([put, begin], headers =>
        {
            Assert.Equal(encryption, headers.GetValueOrDefault("x-amz-server-side-encryption"));
            Assert.Equal(key, headers.GetValueOrDefault("x-amz-server-side-encryption-aws-kms-key-id"));
        });
    }

    [Theory]
    [InlineData(DevelopmentStore.Ceph, "AES256", null, "400 InvalidArgument: perhaps the store does not offer serverSideEncryption 'AES256'")]
    [InlineData(DevelopmentStore.Ceph, "aws:kms", "alias/backups", "perhaps the store does not offer serverSideEncryption 'aws:kms' with the key 'alias/backups'")]
    [InlineData(DevelopmentStore.Swift, "AES256", null, "501 NotImplemented: perhaps the store does not offer serverSideEncryption 'AES256' (Server-side encryption is not supported)")]
    public async Task Encryption_ThatARealStoreDoesNotOffer_IsRefused(string part, string encryption, string? key, string words)
    {
        var server = DevelopmentStore.Find(part);
        var settings = server.Settings("storage-tests/encryption") with { ServerSideEncryption = encryption, KmsKeyId = key };
        if (part == DevelopmentStore.Ceph)
        {
            settings = settings with { Endpoint = server.TlsEndpoint, CaBundlePem = server.CaPem };
        }

        // A server may close the connection on which it refused a body; a request that met the closing is sent again, as a runner's is.
        var store = ObjectStores.OpenS3(settings, TimeProvider.System).WithRetries(new RetrySettings(), TimeProvider.System);
        var whole = await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.PutAsync("a", "x"u8.ToArray(), PutCondition.IfAbsent, Token));
        var parts = await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => UploadAsync(store));

        Assert.Contains(words, whole.Message, StringComparison.Ordinal);
        Assert.Contains(words, parts.Message, StringComparison.Ordinal);
        Assert.Empty(await store.KeysAsync());

        static async Task UploadAsync(IObjectStore store)
        {
            await using var upload = await store.BeginUploadAsync("b", Token);
            await upload.PutPartAsync(0, "x"u8.ToArray(), Token);
        }
    }

    [Fact]
    public async Task PutAsync_StoreWithoutConditions_StillRefusesATakenKey()
    {
        await using var faulty = await FaultyStore.StartAsync();
        var store = faulty.Open();
        faulty.Proxy.Break(
            StandInFault.Answer(HttpStatusCode.NotImplemented, "NotImplemented"),
            request => request.IsPut && request.Headers.ContainsKey("If-None-Match"),
            int.MaxValue);

        await store.PutAsync("a", "first"u8.ToArray(), PutCondition.IfAbsent, Token);
        await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Exists, () => store.PutAsync("a", "second"u8.ToArray(), PutCondition.IfAbsent, Token));

        Assert.Equal("first"u8.ToArray(), await faulty.Direct.ReadAsync("a"));
    }

    [Theory]
    [InlineData(HttpStatusCode.NotImplemented, "NotImplemented")]
    [InlineData(HttpStatusCode.BadRequest, "InvalidRequest")]
    [InlineData(HttpStatusCode.BadRequest, "InvalidDigest")]
    [InlineData(HttpStatusCode.MethodNotAllowed, "MethodNotAllowed")]
    public async Task DeleteAsync_StoreWithoutBatches_DeletesOneByOne(HttpStatusCode status, string code)
    {
        await using var faulty = await FaultyStore.StartAsync();
        var store = faulty.Open();
        string[] keys = [.. Enumerable.Range(0, 20).Select(number => $"a/{number:00}")];
        foreach (string key in keys)
        {
            await faulty.Direct.PutAsync(key);
        }

        faulty.Proxy.Break(StandInFault.Answer(status, code), request => request.Method == "POST", int.MaxValue);
        await store.DeleteAsync(keys[..10], Token);
        await store.DeleteAsync(keys[10..], Token);

        Assert.Empty(await faulty.Direct.KeysAsync());
        Assert.Single(faulty.Proxy.Requests, request => request.Method == "POST");
    }

    [Fact]
    public async Task DeleteAsync_BatchDenied_IsNotTriedInAnotherWay()
    {
        await using var faulty = await FaultyStore.StartAsync();
        faulty.Proxy.Break(StandInFault.Answer(HttpStatusCode.Forbidden, "AccessDenied"), request => request.Method == "POST", int.MaxValue);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => faulty.Open().DeleteAsync(["a", "b"], Token));

        Assert.Equal(["GET", "POST"], faulty.Proxy.Requests.Select(request => request.Method));
    }

    [Fact]
    public async Task BeginUploadAsync_StoreWithoutChecksums_SendsNone()
    {
        await using var faulty = await FaultyStore.StartAsync();
        byte[] content = StoreScope.RandomBytes(10_000);
        faulty.Proxy.Break(
            StandInFault.Answer(HttpStatusCode.NotImplemented, "NotImplemented"),
            request => request.Headers.Keys.Any(name => name.Contains("checksum", StringComparison.OrdinalIgnoreCase)),
            int.MaxValue);

        await using (var upload = await faulty.Open().BeginUploadAsync("a", Token))
        {
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await faulty.Direct.ReadAsync("a"));
        Assert.Equal(S3Connection.Md5(content), faulty.Proxy.Requests.Single(request => request.IsPart).Headers["Content-MD5"]);
    }

    [Fact]
    public async Task Upload_StoreThatPassesOverChecksums_IsSentMd5AndToldNoOther()
    {
        await using var faulty = await FaultyStore.StartAsync(part: DevelopmentStore.Swift);
        byte[] content = StoreScope.RandomBytes(10_000);
        faulty.Proxy.Break(StandInFault.Corrupt, request => request.IsPart);
        await using (var upload = await faulty.Open().BeginUploadAsync("a", Token))
        {
            await StoreScope.AssertFaultAsync(ObjectStoreFault.Corrupted, () => upload.PutPartAsync(0, content, Token));
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await faulty.Direct.ReadAsync("a"));
        Assert.All(faulty.Proxy.Requests.Where(request => request.IsPart), request =>
        {
            Assert.Equal(S3Connection.Md5(content), request.Headers["Content-MD5"]);
            Assert.DoesNotContain("x-amz-checksum-crc32c", request.Headers.Keys);
        });
    }

    [Fact]
    public async Task BeginUploadAsync_StoreWithoutChecksumsOfTheWhole_IsAskedForThoseOfItsParts()
    {
        await using var faulty = await FaultyStore.StartAsync();
        byte[] content = StoreScope.RandomBytes(ObjectLimits.MinimumPartBytes + 10);
        faulty.Proxy.Break(
            StandInFault.Answer(HttpStatusCode.BadRequest, "InvalidArgument"),
            request => request.Headers.ContainsKey("x-amz-checksum-type"),
            int.MaxValue);
        var store = faulty.Open();

        foreach (string key in new[] { "a", "b" })
        {
            await using var upload = await store.BeginUploadAsync(key, Token);
            await upload.PutPartAsync(0, content.AsMemory(0, ObjectLimits.MinimumPartBytes), Token);
            await upload.PutPartAsync(1, content.AsMemory(ObjectLimits.MinimumPartBytes), Token);
            await upload.CompleteAsync(Token);
            var kept = await store.LookAsync(key, Token);
            Assert.True(upload.Describe().Agrees(kept));
            Assert.True(upload.Describe().SharesChecksum(kept));
        }

        Assert.Single(faulty.Proxy.Requests, request => request.Headers.ContainsKey("x-amz-checksum-type"));
    }

    [Fact]
    public async Task Tls_AuthorityOfTheBundle_IsTrusted()
    {
        var server = DevelopmentStore.Find();
        var settings = server.Settings($"storage-tests/{Guid.NewGuid():N}") with { Endpoint = server.TlsEndpoint };

        var trusting = ObjectStores.OpenS3(settings with { CaBundlePem = server.CaPem }, TimeProvider.System);
        await trusting.PutAsync("a", "over TLS");
        Assert.Equal("over TLS"u8.ToArray(), await trusting.ReadAsync("a"));

        var careless = ObjectStores.OpenS3(settings with { VerifyTls = false }, TimeProvider.System);
        Assert.Equal(["a"], await careless.KeysAsync());
        await careless.ClearAsync();
    }

    [Fact]
    public async Task Tls_AuthorityUnknownOrAnother_IsRefused()
    {
        var server = DevelopmentStore.Find();
        var settings = server.Settings("storage-tests/tls") with { Endpoint = server.TlsEndpoint };
        using var stranger = StandInCertificate.Create();

        foreach (string? bundle in new[] { null, stranger.ExportCertificatePem() })
        {
            var store = ObjectStores.OpenS3(settings with { CaBundlePem = bundle }, TimeProvider.System);
            var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.PutAsync("a"));

            Assert.Contains("certificate that is not trusted", trouble.Message, StringComparison.Ordinal);
        }
    }

    [Theory]
    [InlineData("nothing", "no certificate")]
    [InlineData("-----BEGIN CERTIFICATE-----\nbm90aGluZw==\n-----END CERTIFICATE-----\n", "cannot be read")]
    public void Tls_BundleWithoutAGoodCertificate_IsRefused(string bundle, string why)
    {
        var settings = new S3StoreSettings { Bucket = "b", Endpoint = new Uri("https://localhost"), CaBundlePem = bundle };

        var trouble = Assert.Throws<ObjectStoreException>(() => ObjectStores.OpenS3(settings, TimeProvider.System));

        Assert.Equal(ObjectStoreFault.Refused, trouble.Fault);
        Assert.Contains(why, trouble.Message, StringComparison.Ordinal);
    }
}
