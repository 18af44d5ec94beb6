using ControlPlane.Silo.Storage;
using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Fleet;

public sealed class PostgresFleetTests(PostgresServer server) : FleetSuite
{
    internal override async Task<Database> OpenAsync() => PostgresDatabase.Open(await server.NewDatabaseAsync());
}
