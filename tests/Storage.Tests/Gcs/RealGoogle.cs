namespace ControlPlane.Storage.Tests;

/// <summary>
/// A bucket of the real service, where whoever runs the tests has one: then the suite runs against it instead of against what stands in.
/// How: docs/storages.md.
/// </summary>
internal static class RealGoogle
{
    private const string Bucket = "CONTROLPLANE_TEST_GCS_BUCKET";

    /// <summary>As a service account, by its key file; null without one.</summary>
    public static GcsStoreSettings? ServiceAccount(string prefix) => Find("CONTROLPLANE_TEST_GCS_KEY_FILE") is { } file ? new()
    {
        Bucket = Demand(Bucket),
        Prefix = prefix,
        ServiceAccountKey = new Secret(File.ReadAllText(file)),
    } : null;

    /// <summary>With an HMAC key; null without one.</summary>
    public static S3StoreSettings? Hmac(string prefix) => Find("CONTROLPLANE_TEST_GCS_ACCESS_KEY_ID") is { } accessKey ? new()
    {
        Bucket = Demand(Bucket),
        Prefix = prefix,
        Region = "auto",
        Endpoint = GcsStoreSettings.PublicEndpoint,
        ForcePathStyle = true,
        Dialect = S3Dialect.Google,
        Credentials = new S3Credentials(accessKey, new Secret(Demand("CONTROLPLANE_TEST_GCS_SECRET_ACCESS_KEY"))),
    } : null;

    private static string? Find(string name) => Environment.GetEnvironmentVariable(name) is { Length: > 0 } value ? value : null;

    private static string Demand(string name) => Find(name) ?? throw new InvalidOperationException($"{name} is not set.");
}
