using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>No Secret at all: the credentials of where this runs, of which the metadata service is one.</summary>
public sealed class GcsWorkloadIdentityTests
{
    private const string MetadataHost = "GCE_METADATA_HOST";

    [Fact]
    public async Task PutAsync_WithoutAKey_AsksTheMetadataService()
    {
        await using var server = await StandInGoogleStorage.StartAsync();
        Environment.SetEnvironmentVariable(MetadataHost, server.Endpoint.Authority);
        try
        {
            var store = ObjectStores.OpenGcs(server.Settings("prod") with { ServiceAccountKey = null }, TimeProvider.System);

            await store.PutAsync("a", "as a workload");

            Assert.Equal("as a workload"u8.ToArray(), await store.ReadAsync("a"));
            Assert.Contains(server.Requests, request => request.Target.StartsWith("/computeMetadata/v1/instance/service-accounts/default/token", StringComparison.Ordinal));
            Assert.DoesNotContain(server.Requests, request => request.Target == "/token");
        }
        finally
        {
            Environment.SetEnvironmentVariable(MetadataHost, null);
        }
    }
}
