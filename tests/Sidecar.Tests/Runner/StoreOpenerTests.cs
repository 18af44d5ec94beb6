using System.Net;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Runner;

public sealed class StoreOpenerTests : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory();

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public void Open_WithoutTheSecret_NamesItAndItsKeys()
    {
        var trouble = Assert.Throws<JobFaultException>(() => Open(S3()));

        Assert.Equal(JobFault.SecretMissing, trouble.Fault);
        Assert.Contains("'s3-credentials' does not exist", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("AWS_SECRET_ACCESS_KEY", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")]
    [InlineData("AWS_SECRET_ACCESS_KEY", "AWS_ACCESS_KEY_ID")]
    public void Open_WithHalfASecret_NamesTheMissingKey(string there, string missing)
    {
        Write(there, "canary");

        var trouble = Assert.Throws<JobFaultException>(() => Open(S3()));

        Assert.Contains($"'{missing}'", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_WithAnEmptyKey_CountsItAsMissing()
    {
        Write("AWS_ACCESS_KEY_ID", "\n");
        Write("AWS_SECRET_ACCESS_KEY", "s");

        Assert.Throws<JobFaultException>(() => Open(S3()));
    }

    [Fact]
    public void Open_WithAWholeSecret_SaysThePlaceAndNothingElse()
    {
        Write("AWS_ACCESS_KEY_ID", "canary-id\n");
        Write("AWS_SECRET_ACCESS_KEY", "canary-secret\n");

        Assert.Equal("s3://backups/prod", Open(S3()).Location);
    }

    [Fact]
    public void Open_WithoutTheCaBundle_SaysSo()
    {
        Write("AWS_ACCESS_KEY_ID", "a");
        Write("AWS_SECRET_ACCESS_KEY", "b");

        Assert.Contains("caBundle", Assert.Throws<JobFaultException>(() => Open(S3() with { HasCaBundle = true })).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfATypeWithoutItsSection_IsAnInvalidRequest() =>
        Assert.Equal(JobFault.InvalidRequest, Assert.Throws<JobFaultException>(() => Open(S3() with { S3 = null })).Fault);

    [Theory]
    [InlineData("AZURE_STORAGE_ACCOUNT_KEY", "a2V5")]
    [InlineData("AZURE_STORAGE_SAS_TOKEN", "?sv=2021-12-02&sig=x")]
    public void Open_OfAzureWithAnAccountAndEither_SaysThePlaceAndNothingElse(string key, string value)
    {
        Write("AZURE_STORAGE_ACCOUNT_NAME", "backups\n");
        Write(key, value + "\n");

        Assert.Equal("azure://backups/prod", Open(Azure()).Location);
    }

    [Fact]
    public void Open_OfAzureWithoutTheSecret_NamesItAndItsKeys()
    {
        var trouble = Assert.Throws<JobFaultException>(() => Open(Azure()));

        Assert.Equal(JobFault.SecretMissing, trouble.Fault);
        Assert.Contains("'azure-credentials' does not exist", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("AZURE_STORAGE_ACCOUNT_NAME and AZURE_STORAGE_ACCOUNT_KEY, or", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("AZURE_STORAGE_ACCOUNT_NAME", "'AZURE_STORAGE_ACCOUNT_KEY'")]
    [InlineData("AZURE_STORAGE_ACCOUNT_KEY", "'AZURE_STORAGE_ACCOUNT_NAME'")]
    [InlineData("AZURE_STORAGE_SAS_TOKEN", "'AZURE_STORAGE_ACCOUNT_NAME'")]
    public void Open_OfAzureWithHalfASecret_NamesTheMissingKey(string there, string missing)
    {
        Write(there, "canary");

        var trouble = Assert.Throws<JobFaultException>(() => Open(Azure()));

        Assert.Contains(missing, trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfAzureWithKeyAndSasToken_TakesNeither()
    {
        Write("AZURE_STORAGE_ACCOUNT_NAME", "backups");
        Write("AZURE_STORAGE_ACCOUNT_KEY", "a2V5");
        Write("AZURE_STORAGE_SAS_TOKEN", "sv=1");

        Assert.Contains("only one can count", Assert.Throws<JobFaultException>(() => Open(Azure())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfAzureWithoutASecretsName_IsTheWorkloadIdentity()
    {
        var azure = new AzureStorageRequest { Container = "backups", Endpoint = new Uri("https://myaccount.blob.core.windows.net") };

        Assert.Equal("azure://backups", Open(Azure() with { CredentialsSecret = null, Azure = azure }).Location);
    }

    [Fact]
    public void Open_OfAVolume_CallsItByItsClaim() => Assert.Equal("pvc://claim/nightly", Open(new StorageRequest
    {
        Name = "files",
        Type = StorageType.FileSystem,
        FileSystem = new FileSystemStorageRequest { PersistentVolumeClaim = "claim", Path = "nightly" },
    }).Location);

    [Fact]
    public void Open_OfGooglesWithoutASecret_IsTheWorkloadsIdentity() =>
        Assert.Equal("gs://backups/prod", Open(Gcs() with { CredentialsSecret = null }).Location);

    [Theory]
    [InlineData("service-account.json", "{\"type\":\"service_account\"}")]
    [InlineData("ACCESS_KEY_ID", "canary-id")]
    public void Open_OfGooglesWithAKey_SaysThePlaceAndNothingElse(string key, string value)
    {
        Write(key, value);
        if (key == "ACCESS_KEY_ID")
            Write("SECRET_ACCESS_KEY", "canary-secret\n");

        Assert.Equal("gs://backups/prod", Open(Gcs()).Location);
    }

    [Fact]
    public void Open_OfGooglesWithBothKeys_AsksForOne()
    {
        Write("service-account.json", "{}");
        Write("ACCESS_KEY_ID", "canary");

        var trouble = Assert.Throws<JobFaultException>(() => Open(Gcs()));

        Assert.Equal(JobFault.SecretMissing, trouble.Fault);
        Assert.Contains("has both service-account.json and an HMAC key", trouble.Message, StringComparison.Ordinal);
        Assert.DoesNotContain("canary", trouble.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfGooglesWithHalfAnHmacKey_NamesTheOtherHalf()
    {
        Write("ACCESS_KEY_ID", "canary");

        Assert.Contains("no key 'SECRET_ACCESS_KEY'", Assert.Throws<JobFaultException>(() => Open(Gcs())).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Open_OfGooglesWithoutTheSecret_NamesItAndItsKeys() => Assert.Contains(
        "Secret 'gcs-credentials' does not exist in this namespace, or is empty; create it with the keys ACCESS_KEY_ID and SECRET_ACCESS_KEY, or service-account.json.",
        Assert.Throws<JobFaultException>(() => Open(Gcs())).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Open_OfEveryOptionOfS3_SendsThem()
    {
        using var certificate = StandInCertificate.Create();
        await using var wire = await StandInFaultyProxy.StartAsync(new Uri("http://127.0.0.1:9"), certificate: certificate);
        wire.Break(StandInFault.Answer(HttpStatusCode.Forbidden, "AccessDenied"), times: int.MaxValue);
        Write("AWS_ACCESS_KEY_ID", "a");
        Write("AWS_SECRET_ACCESS_KEY", "b");
        Write("AWS_SESSION_TOKEN", "session");
        var s3 = new S3StorageRequest
        {
            Bucket = "backups", Prefix = "prod", Region = "eu-central-1", Endpoint = wire.Endpoint, ForcePathStyle = true,
            StorageClass = "STANDARD_IA", ServerSideEncryption = "aws:kms", KmsKeyId = "alias/backups",
        };

        await Assert.ThrowsAsync<ObjectStoreException>(() => Open(S3() with { S3 = s3, VerifyTls = false }).BeginUploadAsync("a", TestContext.Current.CancellationToken));

        var sent = wire.Requests[0];
        Assert.StartsWith("/backups/prod/a?uploads", sent.Target, StringComparison.Ordinal);
        Assert.Contains("/eu-central-1/s3/", sent.Headers["Authorization"], StringComparison.Ordinal);
        Assert.Equal(
            ("session", "STANDARD_IA", "aws:kms", "alias/backups"),
            (sent.Headers["x-amz-security-token"], sent.Headers["x-amz-storage-class"], sent.Headers["x-amz-server-side-encryption"], sent.Headers["x-amz-server-side-encryption-aws-kms-key-id"]));
    }

    [Fact]
    public async Task Open_OfEveryOptionOfAzure_SendsThem()
    {
        var server = DevelopmentBlobs.Find();
        await using var wire = await StandInFaultyProxy.StartAsync(server.Endpoint);
        Write("AZURE_STORAGE_ACCOUNT_NAME", server.Owner.AccountName!);
        Write("AZURE_STORAGE_ACCOUNT_KEY", server.Owner.Key.Reveal());
        string prefix = $"sidecar-tests/{Guid.NewGuid():N}";

        await UploadAsync(Open(Azure() with { Azure = new AzureStorageRequest { Container = server.Container, Prefix = prefix, Endpoint = wire.Endpoint, StorageClass = "Cool" } }));

        var sent = wire.Requests.Single(request => request.Headers.ContainsKey("x-ms-access-tier"));
        Assert.Contains($"/{server.Container}/{prefix}/a?comp=blocklist", sent.Target, StringComparison.Ordinal);
        Assert.Equal("Cool", sent.Headers["x-ms-access-tier"]);
    }

    [Fact]
    public async Task Open_OfEveryOptionOfGoogles_SendsThem()
    {
        await using var server = await StandInGoogleStorage.StartAsync();
        Write("service-account.json", server.Settings("").ServiceAccountKey!.Reveal());

        await UploadAsync(Open(Gcs() with { Gcs = new GcsStorageRequest { Bucket = StandInGoogleStorage.Bucket, Prefix = "prod", Endpoint = server.Endpoint, StorageClass = "NEARLINE" } }));

        var sent = server.Requests.Single(request => request.Headers.ContainsKey("x-goog-storage-class"));
        Assert.StartsWith("/backups/prod/a?uploads", sent.Target, StringComparison.Ordinal);
        Assert.Equal("NEARLINE", sent.Headers["x-goog-storage-class"]);
    }

    public static TheoryData<Func<JobRequest, JobRequest>, string> Wrong => new()
    {
        { request => request with { Version = JobRequest.CurrentVersion + 1 }, $"version is {JobRequest.CurrentVersion + 1}" },
        { request => request with { Version = 0 }, "version is 0" },
        { request => request with { Sealing = new SealingRequest { SecretName = "keys", KeyId = "../x" } }, "sealing.keyId is '../x'" },
        { request => request with { Operation = JobOperation.Rewrap }, "sealing is absent" },
        { request => request with { Attempt = 0 }, "attempt is 0" },
        { request => request with { Backup = request.Backup with { Name = "../other" } }, "backup.name" },
        { request => request with { Backup = request.Backup with { Uid = "" } }, "backup.uid" },
        { request => request with { Backup = request.Backup with { Cluster = "a/b" } }, "backup.cluster" },
        { request => request with { Operation = JobOperation.Backup }, "source is absent" },
        { request => request with { Operation = JobOperation.Prune }, "prune is absent" },
        { request => Prunes(request), "prune.backups has 0 entries; 1 to 100 are allowed." },
        { request => Prunes(request, [.. Enumerable.Repeat(("b1", "u1"), 101)]), "prune.backups has 101 entries" },
        { request => Prunes(request, ("b1", "u1"), ("../b2", "u2")), "prune.backups[1].name is '../b2'" },
        { request => Prunes(request, ("b1", "u1/../..")), "prune.backups[0].uid" },
        { request => request with { Compression = new CompressionRequest { Level = 20 } }, "compression.level is 20" },
    };

    [Theory]
    [MemberData(nameof(Wrong), DisableDiscoveryEnumeration = true)]
    public void Of_AWrongRequest_NamesTheFieldAndTheValue(Func<JobRequest, JobRequest> spoil, string words) =>
        Assert.Contains(words, Assert.Single(RequestFaults.Of(spoil(Request()))), StringComparison.Ordinal);

    [Fact]
    public void Of_ARightRequest_IsNothing() => Assert.Empty(RequestFaults.Of(Request()));

    private static JobRequest Request() => new()
    {
        Operation = JobOperation.Delete,
        Backup = new BackupIdentity { Namespace = "shop", Cluster = "orders.eu", Name = "b1", Uid = "u1" },
        Attempt = 1,
        Storage = S3(),
    };

    private static JobRequest Prunes(JobRequest request, params (string Name, string Uid)[] backups) => request with
    {
        Operation = JobOperation.Prune,
        Prune = new() { Backups = [.. backups.Select(backup => new PrunedBackup { Name = backup.Name, Uid = backup.Uid })] },
    };

    private static StorageRequest S3() => new()
    {
        Name = "main",
        Type = StorageType.S3,
        CredentialsSecret = "s3-credentials",
        S3 = new S3StorageRequest { Bucket = "backups", Prefix = "prod" },
    };

    private static StorageRequest Gcs() => new()
    {
        Name = "google",
        Type = StorageType.Gcs,
        CredentialsSecret = "gcs-credentials",
        Gcs = new GcsStorageRequest { Bucket = "backups", Prefix = "prod" },
    };

    private static StorageRequest Azure() => new()
    {
        Name = "blobs",
        Type = StorageType.Azure,
        CredentialsSecret = "azure-credentials",
        Azure = new AzureStorageRequest { Container = "backups", Prefix = "prod" },
    };

    private static async Task UploadAsync(IObjectStore store)
    {
        var token = TestContext.Current.CancellationToken;
        await using (var upload = await store.BeginUploadAsync("a", token))
        {
            await upload.PutPartAsync(0, new byte[10], token);
            await upload.CompleteAsync(token);
        }

        await store.DeleteAsync(["a"], token);
    }

    private IObjectStore Open(StorageRequest storage) =>
        StoreOpener.Open(storage, new RunnerFiles { Credentials = folder.FullName, CaBundle = Path.Combine(folder.FullName, "ca") }, TimeProvider.System, _ => { });

    private void Write(string key, string value) => File.WriteAllText(Path.Combine(folder.FullName, key), value);
}
