using ControlPlane.Silo.Tests.Fixtures;

namespace ControlPlane.Silo.Tests.Many;

public sealed class KilledSiloTests(PostgresServer server) : KilledSiloSuite(server)
{
    internal override string? Clock => null;
}

/// <summary>The same while the clock of one silo is five minutes ahead.</summary>
public sealed class KilledSiloBesideAWrongClockTests(PostgresServer server) : KilledSiloSuite(server)
{
    internal override string? Clock => "+5m";
}
