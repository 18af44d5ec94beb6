using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>No credentials in the settings: the provider's own chain, of which the environment is one link.</summary>
public sealed class S3CredentialChainTests
{
    private static readonly string[] Names = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_EC2_METADATA_DISABLED"];

    [Fact]
    public async Task Credentials_OfTheChain_AreUsedOrTheirLackIsDenied()
    {
        var server = DevelopmentStore.Find();
        var settings = server.Settings($"storage-tests/{Guid.NewGuid():N}") with { Credentials = null };
        try
        {
            // No machine's metadata service is asked, which would take its time to be found missing.
            Set("", "", "true");
            var poor = ObjectStores.OpenS3(settings, TimeProvider.System);
            var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => poor.PutAsync("a"));
            Assert.Contains("no credentials were found in the provider's chain", trouble.Message, StringComparison.Ordinal);

            Set(server.Owner.AccessKeyId, server.Owner.SecretAccessKey.Reveal(), "true");
            var rich = ObjectStores.OpenS3(settings, TimeProvider.System);
            await rich.PutAsync("a");
            Assert.Equal(["a"], await rich.KeysAsync());
            await rich.ClearAsync();
        }
        finally
        {
            Set(null, null, null);
        }
    }

    private static void Set(params string?[] values)
    {
        foreach (var (name, value) in Names.Zip(values))
        {
            Environment.SetEnvironmentVariable(name, value);
        }
    }
}
