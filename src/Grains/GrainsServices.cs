using System.Text.Json.Serialization;
using ControlPlane.Grains.Backups;
using ControlPlane.Grains.Budgets;
using ControlPlane.Grains.Clusters;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Grains.Drills;
using ControlPlane.Grains.Restores;
using ControlPlane.Protocol;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Orleans.Serialization;
using Orleans.Storage;

namespace ControlPlane.Grains;

/// <summary>Adds the grains to a silo.</summary>
public static class GrainsServices
{
    /// <summary>
    /// Adds members, clusters, backups, restores and drills. The ports of <c>Abstractions/Ports</c>, a default grain storage and a reminder service are the
    /// host's to add.
    /// </summary>
    public static ISiloBuilder AddControlPlaneGrains(this ISiloBuilder silo)
    {
        // Stored state is JSON that a person can read: enums as words, so that reordering them changes nothing.
        silo.Services.AddSingleton<IGrainStorageSerializer>(provider => new VersionedSerializer(ActivatorUtilities.CreateInstance<SystemTextJsonGrainStorageSerializer>(provider)));
        silo.Services.Configure<SystemTextJsonGrainStorageSerializerOptions>(options =>
        {
            options.JsonSerializerOptions.Converters.Add(new JsonStringEnumConverter());
            options.JsonSerializerOptions.IgnoreReadOnlyProperties = true;

            // Null is written: a required member that may be null must be there to be read.
            options.JsonSerializerOptions.DefaultIgnoreCondition = JsonIgnoreCondition.Never;
        });

        silo.Services.AddControlPlaneSerialization();
        silo.Services.TryAddKeyedSingleton(TimeProviderNames.Grains, TimeProvider.System);
        silo.Services.TryAddSingleton<BackupMetrics>();
        silo.Services.TryAddSingleton<BudgetMetrics>();
        silo.Services.TryAddTransient<BudgetPorts>();
        silo.Services.TryAddTransient<BackupPorts>();
        silo.Services.TryAddTransient<ClusterPorts>();
        silo.Services.TryAddTransient<RetentionPorts>();
        silo.Services.TryAddTransient<RestorePorts>();
        silo.Services.TryAddTransient<DrillPorts>();
        return silo;
    }

    /// <summary>
    /// The documents of the data plane know nothing of Orleans; they travel as the JSON that they are everywhere else. A client that is no
    /// silo needs this too.
    /// </summary>
    public static IServiceCollection AddControlPlaneSerialization(this IServiceCollection services) =>
        services.AddSerializer(serializer => serializer.AddJsonSerializer(
            type => type.Namespace == typeof(JobRequest).Namespace,
            ProtocolJson.Default.Options));
}
