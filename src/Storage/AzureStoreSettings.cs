namespace ControlPlane.Storage;

/// <summary>A container of Azure Blob Storage, and how it is spoken to.</summary>
public sealed record AzureStoreSettings
{
    /// <summary>The container's name alone.</summary>
    public required string Container { get; init; }

    /// <summary>The prefix within it, without slashes at its ends; empty for none.</summary>
    public string Prefix { get; init; } = "";

    /// <summary>
    /// The endpoint; null for <c>https://ACCOUNT.blob.core.windows.net</c>. Where its host is an IP address, <c>localhost</c> or a name of
    /// a Kubernetes Service, the account stands in the path, as emulators have it; else it is taken to stand in the host's name.
    /// </summary>
    public Uri? Endpoint { get; init; }

    /// <summary>Whether the endpoint's certificate is checked. Default true.</summary>
    public bool VerifyTls { get; init; } = true;

    /// <summary>
    /// Certificates in PEM form. When given, the endpoint's certificate must descend from one of these, and the system's own authorities
    /// do not count. Where tokens are had from is always checked against the system's own.
    /// </summary>
    public string? CaBundlePem { get; init; }

    /// <summary>
    /// The access tier of objects that are sent in parts: <c>Hot</c>, <c>Cool</c> or <c>Cold</c>; null for the account's default. Objects
    /// written whole are the small documents that describe the others: they stay in the default tier.
    /// </summary>
    public string? AccessTier { get; init; }

    /// <summary>The credentials; null for the workload identity that the environment describes.</summary>
    public AzureCredentials? Credentials { get; init; }

    /// <summary>How long a connection may take to come about. Default 10 seconds: a host that is there answers within one.</summary>
    public TimeSpan ConnectTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// How long a request may go without a byte moving. Default 60 seconds: slower than any store that still works, and short enough that
    /// a dead one is noticed long before a Job's deadline.
    /// </summary>
    public TimeSpan StallTimeout { get; init; } = TimeSpan.FromSeconds(60);

    /// <summary>How long putting an upload's blocks together may take. Default 10 minutes: the service gives itself a minute for 50,000.</summary>
    public TimeSpan CompleteTimeout { get; init; } = TimeSpan.FromMinutes(10);

    /// <summary>Says when the next bytes may be sent; null for as fast as they go. It costs nothing while it grants all at once.</summary>
    public UploadPace? Pace { get; init; }

    /// <summary>Entries of one page of a listing; null for as many as the service gives (5,000).</summary>
    internal int? PageSize { get; init; }

    /// <summary>The account in an emulator's path where no credentials name it.</summary>
    internal string? EmulatedAccount { get; init; }
}

/// <summary>What proves to Azure that a request may be made.</summary>
/// <param name="AccountName">The storage account; null where the endpoint's host names it.</param>
public abstract record AzureCredentials(string? AccountName);

/// <summary>An account's key: it may do everything in the account.</summary>
/// <param name="AccountName">The storage account.</param>
/// <param name="Key">One of its two keys, in base64.</param>
public sealed record AzureAccountKey(string AccountName, Secret Key) : AzureCredentials(AccountName);

/// <summary>A shared access signature: it may do what it says, as long as it says.</summary>
/// <param name="AccountName">The storage account; null where the endpoint's host names it.</param>
/// <param name="Token">The signature as a query, with or without its question mark.</param>
public sealed record AzureSasToken(string? AccountName, Secret Token) : AzureCredentials(AccountName);
