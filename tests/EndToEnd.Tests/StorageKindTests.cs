using System.Net;
using System.Text.Json.Nodes;
using ControlPlane.EndToEnd.Tests.Harness;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>
/// Storages of every kind, as <c>deploy/cr.yaml</c> shows them in its comments: a backup lies there as its manifest says, is unpacked by
/// hand, and goes with its resource.
/// </summary>
public sealed class StorageKindTests(Plane plane, OpenShop open) : IClassFixture<OpenShop>
{
    private Shop Shop => open.Shop;

    private IPAddress Bridge => IPAddress.Parse(plane.Cluster.Environment.BridgeAddress);

    [Fact]
    public async Task Backup_IntoAContainerOfAzure_LiesThereAndGoesWithItsResource()
    {
        var environment = plane.Cluster.Environment;
        var blobs = DevelopmentBlobs.Find();
        await Shop.ApplySecretAsync("azure-credentials", ("AZURE_STORAGE_ACCOUNT_NAME", environment["AZURITE_ACCOUNT"]), ("AZURE_STORAGE_ACCOUNT_KEY", environment["AZURITE_KEY"]));
        await Shop.ApplySecretAsync("store-ca", ("ca.crt", blobs.CaPem));
        await Shop.AddExampleStorageAsync("blobs", new { azure = new { endpointUrl = environment["AZURITE_TLS_ENDPOINT"] }, caBundle = new { secretName = "store-ca", key = "ca.crt" } });
        var store = ObjectStores.OpenAzure(blobs.Settings("") with { Endpoint = blobs.TlsEndpoint, CaBundlePem = blobs.CaPem }, TimeProvider.System);

        await LiesThereAndGoesAsync("blobs", "azure://backups/prod/", store);
    }

    [Fact]
    public async Task Backup_IntoABucketOfGooglesWithAnHmacKey_LiesThereAndGoesWithItsResource()
    {
        var environment = plane.Cluster.Environment;
        await using var door = await StandInStrictGoogle.StartAsync(Bridge);
        await Shop.ApplySecretAsync("gcs-credentials", ("ACCESS_KEY_ID", environment["S3_ACCESS_KEY"]), ("SECRET_ACCESS_KEY", environment["S3_SECRET_KEY"]));
        await Shop.AddExampleStorageAsync("google", new { caBundle = (object?)null, gcs = new { endpointUrl = door.Endpoint.GetLeftPart(UriPartial.Authority) } });

        await LiesThereAndGoesAsync("google", "gs://backups/prod/", ObjectStores.OpenS3(DevelopmentStore.Find().Settings(""), TimeProvider.System));

        Assert.Empty(door.Refusals);
        Assert.Contains(door.Requests, request => request.IsPart);
    }

    [Fact]
    public async Task Backup_IntoABucketOfGooglesAsAServiceAccount_LiesThereAndGoesWithItsResource()
    {
        using var certificate = StandInCertificate.Create(Bridge);
        await using var google = await StandInGoogleStorage.StartAsync(Bridge, certificate);
        await Shop.ApplySecretAsync("gcs-account", ("service-account.json", StandInGoogleTokens.KeyFile(StandInGoogleTokens.Owner, google.TokenEndpoint)));
        await Shop.ApplySecretAsync("google-ca", ("ca.crt", certificate.ExportCertificatePem()));
        await Shop.AddExampleStorageAsync("google", new
        {
            caBundle = new { secretName = "google-ca", key = "ca.crt" },
            gcs = new { endpointUrl = google.Endpoint.GetLeftPart(UriPartial.Authority), credentialsSecret = "gcs-account" },
        });

        await LiesThereAndGoesAsync("google", "gs://backups/prod/", ObjectStores.OpenGcs(google.Settings("") with { CaBundlePem = certificate.ExportCertificatePem() }, TimeProvider.System));
    }

    [Fact]
    public async Task Backup_OntoAVolume_LiesThereAndGoesWithItsResource()
    {
        await Shop.Cluster.ApplyAsync(Shop.Namespace, """
            apiVersion: v1
            kind: PersistentVolumeClaim
            metadata: { name: backups }
            spec: { accessModes: [ReadWriteOnce], resources: { requests: { storage: 1Gi } } }
            """);
        await Shop.AddExampleStorageAsync("volume", new { podSecurityContext = new { fsGroup = 10001 } });

        await LiesThereAndGoesAsync("volume", "pvc://backups/mysql/", null);

        await Shop.Cluster.KubectlAsync("--namespace", Shop.Namespace, "delete", "pvc", "backups", "--wait=false");
    }

    [Fact]
    public async Task Backup_InLz4_HoldsTheRows()
    {
        const string Orders = "select count(*), sum(crc32(concat_ws('|', id, customer, note))) from shop.orders";
        await Shop.AddStorageAsync("lz4", new { compression = new { codec = "lz4" } });
        await using var backup = await Shop.BackUpAsync(new("lz4") { Storage = "lz4", DeletesData = true });
        var ended = await backup.EndAsync("Succeeded");
        Assert.Equal("Lz4", (string?)JsonNode.Parse(await Shop.Bucket.ReadAsync(ended.Prefix + "manifest.json"))!["codec"]);

        await using var restored = await RestoredServer.OnAsync(await FetchedBackup.FromAsync(Shop.Bucket, ended.Prefix));

        Assert.Equal(await Shop.Database.AskAsync(Shop.Primary, Orders), await restored.AskAsync(Orders));
        await GoesAsync(backup, () => Shop.Bucket.RemainsAsync(ended.Prefix));
    }

    /// <param name="storage">The storage's name.</param>
    /// <param name="place">How the destination begins.</param>
    /// <param name="given">The whole store; null for the volume, which is there once the Job asked for it.</param>
    private async Task LiesThereAndGoesAsync(string storage, string place, IObjectStore? given)
    {
        await using var backup = await Shop.BackUpAsync(new("into-" + storage) { Storage = storage, DeletesData = true });
        var ended = await backup.EndAsync("Succeeded");
        var store = given ?? await VolumeAsync();

        Assert.StartsWith(place, ended.Destination, StringComparison.Ordinal);
        Assert.Single(ended.Attempts);
        using var fetched = await FetchedBackup.FromAsync(store, ended.Prefix);
        await fetched.UnpackAsync();
        // The tool calls a table orders.new, and not orders.ibd, until it is prepared, when its making is still in the redo log.
        Assert.InRange(Directory.GetFiles(Path.Combine(fetched.Data, "shop"), "orders.*").Sum(file => new FileInfo(file).Length), OpenShop.Mebibytes * 1024L * 1024L, long.MaxValue);
        Assert.Equal(NamedBy(fetched.Manifest, ended.Prefix), await KeysAsync(store, ended.Prefix));

        // A volume is the claim's alone.
        await GoesAsync(backup, () => KeysAsync(store, given is null ? "" : ended.Prefix));
    }

    private static async Task GoesAsync(RunningBackup backup, Func<Task<IReadOnlyList<string>>> remains)
    {
        await backup.DeleteAsync();
        await backup.GoneAsync(TimeSpan.FromMinutes(1));

        Assert.Empty(await remains());
    }

    private static IEnumerable<string> NamedBy(JsonNode manifest, string prefix) =>
        manifest["segments"]!.AsArray().Select(segment => $"{prefix}{segment!["key"]}").Append(prefix + "manifest.json").Order(StringComparer.Ordinal);

    private static async Task<IReadOnlyList<string>> KeysAsync(IObjectStore store, string prefix) =>
        await store.ListAsync(prefix, TestContext.Current.CancellationToken).Select(item => item.Key).ToListAsync(TestContext.Current.CancellationToken);

    private async Task<IObjectStore> VolumeAsync()
    {
        var claim = (await Shop.Cluster.GetAsync($"api/v1/namespaces/{Shop.Namespace}/persistentvolumeclaims/backups"))!;
        var volume = (await Shop.Cluster.GetAsync($"api/v1/persistentvolumes/{claim["spec"]!["volumeName"]}"))!;
        return ObjectStores.OpenFileSystem(new() { Volume = (string)volume["spec"]!["local"]!["path"]!, Path = "", Location = "pvc://backups" });
    }
}
