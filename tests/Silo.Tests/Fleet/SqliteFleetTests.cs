using ControlPlane.Silo.Storage;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Fleet;

public sealed class SqliteFleetTests : FleetSuite, IDisposable
{
    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    internal override Task<Database> OpenAsync() => Task.FromResult<Database>(SqliteDatabase.Open(folder.Path));
}
