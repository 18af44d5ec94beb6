using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>What is sent with an HMAC key, and that the door would have noticed.</summary>
public sealed class GcsHmacWireTests : IAsyncLifetime
{
    private StandInStrictGoogle server = null!;
    private S3StoreSettings settings = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await StandInStrictGoogle.StartAsync();
        settings = server.Settings($"storage-tests/{Guid.NewGuid():N}") with { StorageClass = "NEARLINE" };
    }

    public async ValueTask DisposeAsync()
    {
        await Open().ClearAsync();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task Requests_OfAllKinds_AreTakenAndCarryAnMd5()
    {
        var store = Open();
        byte[] content = StoreScope.RandomBytes(100_000);

        await store.PutAsync("put", content, PutCondition.None, Token);
        await store.PutAsync("new", content, PutCondition.IfAbsent, Token);
        await using (var upload = await store.BeginUploadAsync("parts", Token))
        {
            await upload.PutPartAsync(0, content, Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await store.ReadAsync("parts"));
        await store.DeleteAsync(["put", "new", "parts"], Token);

        Assert.Empty(server.Refusals);
        Assert.All(server.Requests.Where(request => request.Method == "PUT"), request =>
        {
            Assert.Equal(24, request.Headers["Content-MD5"].Length);
            Assert.DoesNotContain(request.Headers.Keys, name => name.Contains("checksum", StringComparison.OrdinalIgnoreCase));
        });
        Assert.Equal(3, server.Requests.Count(request => request.Method == "DELETE"));
        Assert.Equal("NEARLINE", server.Requests.Single(request => request.IsBegin).Headers["x-amz-storage-class"]);
        Assert.Equal("gs://backups/" + settings.Prefix, store.Location);
    }

    [Fact]
    public async Task PutAsync_IfAbsent_AsksForGenerationZeroAndNothingOfAmazons()
    {
        await Open().PutAsync("new", "x"u8.ToArray(), PutCondition.IfAbsent, Token);

        var request = Assert.Single(server.Requests);
        Assert.Equal("0", request.Headers["x-goog-if-generation-match"]);
        Assert.StartsWith("GOOG4-HMAC-SHA256 ", request.Headers["Authorization"], StringComparison.Ordinal);
        Assert.DoesNotContain(request.Headers.Keys, name => name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase));
    }

    [Fact]
    public async Task PutAsync_IfAbsentWithAWrongSecret_IsDeniedAndShowsNothing()
    {
        var store = ObjectStores.OpenS3(
            settings with { Credentials = settings.Credentials! with { SecretAccessKey = new Secret("canary-7f3a9c") } }, TimeProvider.System);

        var trouble = await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Denied, () => store.PutAsync("new", "x"u8.ToArray(), PutCondition.IfAbsent, Token));

        Assert.Equal("SignatureDoesNotMatch", trouble.Code);
        Assert.Contains("put new in gs://backups/", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Door_InTheDialectOfAmazon_RefusesChecksumsBatchesAndConditions()
    {
        var store = ObjectStores.OpenS3(settings with { Dialect = S3Dialect.Amazon, StorageClass = null }, TimeProvider.System);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.PutAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.PutAsync("a", "x"u8.ToArray(), PutCondition.IfAbsent, Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.BeginUploadAsync("a", Token));
        await store.DeleteAsync(["a", "b"], Token);

        Assert.Contains(server.Refusals, words => words.Contains("checksum", StringComparison.Ordinal));
        Assert.Contains(server.Refusals, words => words.Contains("multi-object delete", StringComparison.Ordinal) || words.Contains("checksum", StringComparison.Ordinal));
    }

    private IObjectStore Open() => ObjectStores.OpenS3(settings, TimeProvider.System);
}
