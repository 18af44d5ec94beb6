using System.Net;
using ControlPlane.Silo.Storage;
using Orleans.Configuration;
using Orleans.Runtime.MembershipService;

namespace ControlPlane.Silo;

/// <summary>Membership, state and reminders.</summary>
internal static class ClusteringSetup
{
    /// <summary>Part of every stored key, and so for ever.</summary>
    private const string ServiceId = "controlplane";

    /// <summary>On a database that silos share they find one another in it; on a file of its own a silo runs alone.</summary>
    public static ISiloBuilder UseConfiguredClustering(this ISiloBuilder silo, SiloOptions options, Database database)
    {
        if (database.IsShared)
            silo.JoinOthers(options, database).UseSiloTls();
        else
            silo.RunAlone(options);
        silo.AddAdoNetGrainStorageAsDefault(storage =>
        {
            storage.Invariant = database.Invariant;
            storage.DataSource = database.Source;
            storage.DeleteStateOnClear = true;
        });
        silo.UseAdoNetReminderService(reminders =>
        {
            reminders.Invariant = database.Invariant;
            reminders.DataSource = database.Source;
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

        // Of the heap that a container's limit leaves (three quarters of it), what is active may take two thirds: the rest is for what is on its way while grains are put away.
        silo.Configure<GrainCollectionOptions>(collection =>
        {
            collection.EnableActivationSheddingOnMemoryPressure = true;
            collection.MemoryUsageLimitPercentage = 65;
            collection.MemoryUsageTargetPercentage = 55;
        });
        return silo;
    }

    // No gateway in either: the only clients are the silos' own processes.
    private static void RunAlone(this ISiloBuilder silo, SiloOptions options)
    {
        silo.UseLocalhostClustering(options.SiloPort, gatewayPort: 0, serviceId: ServiceId, clusterId: ServiceId);
        silo.Configure<EndpointOptions>(endpoints => endpoints.SiloListeningEndpoint = new IPEndPoint(IPAddress.Loopback, options.SiloPort));
    }

    private static ISiloBuilder JoinOthers(this ISiloBuilder silo, SiloOptions options, Database database)
    {
        silo.UseAdoNetClustering(clustering =>
        {
            clustering.Invariant = database.Invariant;
            clustering.DataSource = database.Source;
        });
        silo.Services.AddSingleton<IMembershipTable>(services => new SharedTimeMembershipTable(
            ActivatorUtilities.CreateInstance<AdoNetClusteringTable>(services), services.GetRequiredService<SharedClock>()));
        silo.Configure<ClusterOptions>(cluster => (cluster.ServiceId, cluster.ClusterId) = (ServiceId, ServiceId));
        silo.Configure<Orleans.Configuration.SiloOptions>(name => name.SiloName = Environment.MachineName);
        silo.Configure<EndpointOptions>(endpoints =>
        {
            (endpoints.SiloPort, endpoints.GatewayPort) = (options.SiloPort, 0);
            endpoints.SiloListeningEndpoint = new(IPAddress.Any, options.SiloPort);
            if (options.AdvertisedAddress is { Length: > 0 } text)
            {
                endpoints.AdvertisedIPAddress = IPAddress.Parse(text);
                endpoints.SiloListeningEndpoint = new(endpoints.AdvertisedIPAddress, options.SiloPort);
            }
        });
        return silo;
    }
}
