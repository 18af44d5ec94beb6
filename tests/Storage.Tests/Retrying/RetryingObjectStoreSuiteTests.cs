using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>A wrapper is a store like any other.</summary>
public sealed class RetryingObjectStoreSuiteTests : ObjectStoreSuite
{
    protected override bool KeepsChecksums => true;

    protected override bool IsPaced => false;

    protected override IObjectStore Open(string prefix) => new MemoryObjectStore().WithRetries(new RetrySettings(), TimeProvider.System);
}
