using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads the section <c>gcs</c> of a storage.</summary>
internal static class GcsReader
{
    private const string Google = "googleapis.com";

    public static (GcsStorageRequest? Request, string? CredentialsSecret) Read(FieldReader? section)
    {
        if (section is null)
            return default;
        var (bucket, prefix) = PlaceReader.Read(section, "bucket", FieldChecks.GcsBucket, FieldChecks.Prefix);
        var endpoint = PlaceReader.Endpoint(section, "bucket");
        var secret = section.Text("credentialsSecret", FieldChecks.Subdomain);

        // Unlike elsewhere, what lies in the archive here is read as quickly as the rest, at a price.
        var storageClass = section.Word("storageClass", "STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE");
        if (!section.Has("credentialsSecret") && endpoint is not null && !IsGoogles(endpoint))
            section.Add("endpointUrl", "is not Google's: without credentialsSecret the Jobs' own access token would be sent there; use https and a host below googleapis.com, or name a credentialsSecret");
        section.Close();
        return (bucket is null ? null : new() { Bucket = bucket, Prefix = prefix, Endpoint = endpoint, StorageClass = storageClass }, secret);
    }

    // A token is worth what its account may do. Where no identity is bound to the account of the Jobs, that is the node's.
    private static bool IsGoogles(Uri endpoint) =>
        endpoint.Scheme == Uri.UriSchemeHttps
        && (endpoint.IdnHost == Google || endpoint.IdnHost.EndsWith("." + Google, StringComparison.OrdinalIgnoreCase));
}
