using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

public sealed class MemoryObjectStoreTests : ObjectStoreSuite
{
    protected override bool KeepsChecksums => true;

    protected override bool IsPaced => false;

    protected override IObjectStore Open(string prefix) => new MemoryObjectStore();
}
