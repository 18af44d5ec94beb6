using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Reads the credentials of an Azure storage out of its Secret.</summary>
internal static class AzureOpener
{
    private const string AccountName = "AZURE_STORAGE_ACCOUNT_NAME";
    private const string AccountKey = "AZURE_STORAGE_ACCOUNT_KEY";
    private const string SasToken = "AZURE_STORAGE_SAS_TOKEN";

    internal static AzureStoreSettings Settings(StorageRequest storage, AzureStorageRequest azure, RunnerFiles files, string? caBundle) => new()
    {
        Container = azure.Container,
        Prefix = azure.Prefix,
        Endpoint = azure.Endpoint,
        AccessTier = azure.StorageClass,
        VerifyTls = storage.VerifyTls,
        CaBundlePem = caBundle,
        Credentials = storage.CredentialsSecret is { } name
            ? Credentials(new StoreSecret(name, files.Credentials, $"{AccountName} and {AccountKey}, or {AccountName} and {SasToken}"), azure)
            : null,
    };

    private static AzureCredentials Credentials(StoreSecret secret, AzureStorageRequest azure)
    {
        var account = secret.Find(AccountName);
        switch (secret.FindSecret(AccountKey), secret.FindSecret(SasToken))
        {
            case ({ } key, null):
                return new AzureAccountKey(account ?? throw secret.Missing(AccountName), key);
            case (null, { } token):
                // An endpoint of the account's own names it; without one only the Secret can.
                return account is null && azure.Endpoint is null ? throw secret.Missing(AccountName) : new AzureSasToken(account, token);
            case (null, null):
                throw secret.Missing(AccountKey);
            default:
                throw new JobFaultException(
                    JobFault.SecretMissing, $"Secret '{secret.Name}' has both {AccountKey} and {SasToken}, and only one can count; remove the other.");
        }
    }
}
