using System.Net;
using System.Text.RegularExpressions;

namespace ControlPlane.Storage;

/// <summary>Where a container and its objects are.</summary>
internal sealed partial class AzureAddress
{
    private readonly string container;

    public AzureAddress(AzureStoreSettings settings)
    {
        string? account = settings.Credentials?.AccountName ?? settings.EmulatedAccount;
        if (account is not null && !Accounts().IsMatch(account))
        {
            throw Refused("The name of the storage account is no such name; use 3 to 24 of a-z and 0-9, without the domain.");
        }

        Endpoint = (settings.Endpoint, account) switch
        {
            ({ } endpoint, _) => endpoint.GetLeftPart(UriPartial.Authority),
            (null, { } name) => $"https://{name}.blob.core.windows.net",
            _ => throw Refused("Nothing names the storage account; give its name beside the credentials, or the endpoint."),
        };
        string root = (settings.Endpoint is { } given && IsAccountInPath(given), account) switch
        {
            (false, _) => Endpoint,
            (true, { } name) => $"{Endpoint}/{name}",
            _ => throw Refused($"Nothing names the storage account: {Endpoint} does not. Give its name beside the credentials."),
        };
        container = $"{root}/{settings.Container}";
    }

    /// <summary>Scheme, host and port, for people.</summary>
    public string Endpoint { get; }

    public Uri Container => new(container);

    /// <summary>The address of an object. Each part of its key is escaped by itself, so that only slashes part it.</summary>
    public Uri Blob(string fullKey) => new($"{container}/{string.Join('/', fullKey.Split('/').Select(Uri.EscapeDataString))}");

    /// <summary>Whether the host cannot name an account, so that the path must.</summary>
    public static bool IsAccountInPath(Uri endpoint)
    {
        string host = endpoint.IdnHost.TrimEnd('.');
        return IPAddress.TryParse(host, out _)
            || !host.Contains('.', StringComparison.Ordinal)
            || host.EndsWith(".svc", StringComparison.OrdinalIgnoreCase)
            || host.Contains(".svc.", StringComparison.OrdinalIgnoreCase);
    }

    private static ObjectStoreException Refused(string why) => new(ObjectStoreFault.Refused, why);

    [GeneratedRegex(@"^[a-z0-9]{3,24}\z")]
    private static partial Regex Accounts();
}
