using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Projection;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Watching;

/// <summary>The way in: connections to members, and the watches.</summary>
internal static class WatchingServices
{
    public static IServiceCollection AddWatching(this IServiceCollection services)
    {
        services.AddOptions<MemberOptions>().BindConfiguration(MemberOptions.Section);
        services.AddOptions<WatchOptions>().BindConfiguration(WatchOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<WatchOptions>, WatchOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.TryAddSingleton<MemberConnections>();
        services.AddFleetKind<MemberClusters>().AddFleetKind<MemberSecrets>();
        services.AddSingleton<FleetMembers>();
        services.AddSingleton<IFleetMembers>(provider => provider.GetRequiredService<FleetMembers>());
        services.AddSingleton<FleetStatuses>();
        services.AddSingleton<MemberReporter>();
        services.AddSingleton<MemberMetrics>();
        services.AddSingleton<MemberKeeper>();
        services.AddHostedService<MemberRotation>();
        services.AddSingleton<ReportedJobs>();
        services.AddSingleton<IResourceHandler, ClusterHandler>();
        services.AddSingleton<IResourceHandler, BackupHandler>();
        services.AddSingleton<IResourceHandler, RestoreHandler>();
        services.AddSingleton<IResourceHandler, DrillHandler>();
        services.AddSingleton<IResourceHandler, JobHandler>();
        services.AddSingleton<IResourceHandler, PodHandler>();
        services.AddOptions<ProjectionOptions>().BindConfiguration(ProjectionOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<ProjectionOptions>, ProjectionOptionsValidator>();
        services.TryAddSingleton<IFleetView, NoFleetView>();
        services.AddSingleton<FleetProjections>();
        services.AddSingleton<IMemberCompanion, DatabaseRows>();
        services.AddHostedService<MemberRetention>();
        services.AddSingleton<IMemberWatcher, MemberWatcher>();
        return services;
    }
}
