using System.Text.Json;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads the section <c>azure</c> of a storage.</summary>
internal static class AzureReader
{
    public static (AzureStorageRequest? Request, string? CredentialsSecret) Read(FieldReader? section)
    {
        if (section is null)
            return default;
        var (container, prefix) = PlaceReader.Read(section, "container", FieldChecks.Container, FieldChecks.AzurePrefix);
        var endpoint = PlaceReader.Endpoint(section, "container");
        var secret = section.Text("credentialsSecret", FieldChecks.Subdomain);
        var storageClass = section.Word("storageClass", "Hot", "Cool", "Cold");
        if (!section.Has("credentialsSecret"))
            CheckIdentity(section, endpoint);
        section.Close();
        return (container is null ? null : new() { Container = container, Prefix = prefix, Endpoint = endpoint, StorageClass = storageClass }, secret);
    }

    // A workload identity has no key that names the account, and its token is never sent in the clear.
    private static void CheckIdentity(FieldReader section, Uri? endpoint)
    {
        if (section.Raw("endpointUrl") is not { } given || given.ValueKind == JsonValueKind.String && given.ValueEquals(""))
            section.Add("endpointUrl", "is missing: without credentialsSecret it names the account; use for example https://ACCOUNT.blob.core.windows.net");
        else if (endpoint is not null && endpoint.Scheme != Uri.UriSchemeHttps)
            section.Add("endpointUrl", "is not https, as a workload identity demands; use https, or name a credentialsSecret");
    }
}
