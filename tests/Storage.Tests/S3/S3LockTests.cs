using Amazon.Runtime;
using Amazon.S3;
using Amazon.S3.Model;
using ControlPlane.Testing;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>Object lock of a real server, in a bucket of its own: what is kept is said, and not hidden.</summary>
public sealed class S3LockTests : IAsyncLifetime
{
    private static readonly DateTimeOffset Now = TimeProvider.System.GetUtcNow();

    private readonly DevelopmentStore server = DevelopmentStore.Find();
    private readonly string bucket = $"locked-{Guid.NewGuid():N}";
    private AmazonS3Client client = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        client = new AmazonS3Client(
            new BasicAWSCredentials(server.Owner.AccessKeyId, server.Owner.SecretAccessKey.Reveal()),
            new AmazonS3Config { ServiceURL = server.Endpoint.AbsoluteUri, ForcePathStyle = true, AuthenticationRegion = "us-east-1" });
        await client.PutBucketAsync(new PutBucketRequest { BucketName = bucket, ObjectLockEnabledForBucket = true }, Token);
    }

    public async ValueTask DisposeAsync()
    {
        var versions = await client.ListVersionsAsync(new ListVersionsRequest { BucketName = bucket }, CancellationToken.None);
        foreach (var version in versions.Versions ?? [])
        {
            if (version.IsDeleteMarker != true)
            {
                await HoldAsync(version.Key, ObjectLockLegalHoldStatus.Off, version.VersionId);
            }

            await client.DeleteObjectAsync(
                new DeleteObjectRequest { BucketName = bucket, Key = version.Key, VersionId = version.VersionId, BypassGovernanceRetention = true },
                CancellationToken.None);
        }

        await client.DeleteBucketAsync(bucket, CancellationToken.None);
        client.Dispose();
    }

    [Fact]
    public async Task DeleteAsync_ObjectUnderRetention_IsLockedUntilItsEnd()
    {
        var store = Open(TimeProvider.System);
        await store.PutAsync("a/1");
        await store.PutAsync("a/2");
        var until = new DateTimeOffset(Now.UtcDateTime.Date.AddDays(3), TimeSpan.Zero);
        await client.PutObjectRetentionAsync(
            new PutObjectRetentionRequest
            {
                BucketName = bucket,
                Key = "prod/a/2",
                Retention = new ObjectLockRetention { Mode = ObjectLockRetentionMode.Governance, RetainUntilDate = until.UtcDateTime },
            },
            Token);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Locked, () => store.DeleteAsync(["a/1", "a/2"], Token));

        Assert.Equal(until, trouble.LockedUntil);
        Assert.Contains($"delete a/2 in s3://{bucket}/prod: a lock (GOVERNANCE) keeps the object until {until:yyyy-MM-dd} 00:00:00 UTC", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(["a/1", "a/2"], await store.KeysAsync());

        // Once its time is over the object goes from lists, and its version stays behind a delete marker.
        await Open(new FakeTimeProvider(until.AddMinutes(1))).DeleteAsync(["a/1", "a/2"], Token);
        Assert.Empty(await store.KeysAsync());
        var versions = await client.ListVersionsAsync(new ListVersionsRequest { BucketName = bucket }, Token);
        Assert.Equal(2, versions.Versions.Count(version => version.IsDeleteMarker != true));
    }

    [Fact]
    public async Task DeleteAsync_ObjectUnderALegalHold_IsLockedWithoutAnEnd()
    {
        var store = Open(TimeProvider.System);
        await store.PutAsync("held");
        await store.PutAsync("free");
        await HoldAsync("prod/held", ObjectLockLegalHoldStatus.On, null);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Locked, () => store.DeleteAsync(["held"], Token));
        await store.DeleteAsync(["free", "never there"], Token);

        Assert.Null(trouble.LockedUntil);
        Assert.Contains("a legal hold keeps the object; release it first", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(["held"], await store.KeysAsync());
    }

    [Fact]
    public async Task DeleteAsync_BucketThatLocksByItself_TakesObjectsAndKeepsThem()
    {
        await client.PutObjectLockConfigurationAsync(
            new PutObjectLockConfigurationRequest
            {
                BucketName = bucket,
                ObjectLockConfiguration = new ObjectLockConfiguration
                {
                    ObjectLockEnabled = ObjectLockEnabled.Enabled,
                    Rule = new ObjectLockRule { DefaultRetention = new DefaultRetention { Mode = ObjectLockRetentionMode.Governance, Days = 1 } },
                },
            },
            Token);
        var store = Open(TimeProvider.System);
        await store.PutAsync("whole");
        await using (var upload = await store.BeginUploadAsync("parts", Token))
        {
            await upload.PutPartAsync(0, "part"u8.ToArray(), Token);
            await upload.CompleteAsync(Token);
        }

        foreach (string key in new[] { "whole", "parts" })
        {
            var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Locked, () => store.DeleteAsync([key], Token));
            Assert.InRange(trouble.LockedUntil!.Value, Now.AddHours(23), Now.AddHours(25));
        }
    }

    private Task HoldAsync(string key, ObjectLockLegalHoldStatus status, string? version) => client.PutObjectLegalHoldAsync(
        new PutObjectLegalHoldRequest { BucketName = bucket, Key = key, VersionId = version, LegalHold = new ObjectLockLegalHold { Status = status } },
        CancellationToken.None);

    private IObjectStore Open(TimeProvider time) => ObjectStores.OpenS3(server.Settings("prod") with { Bucket = bucket }, time);
}
