using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Jobs;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Retention;
using ControlPlane.Operator.Schedules;
using ControlPlane.Operator.Security;
using ControlPlane.Operator.Status;
using ControlPlane.Operator.Surveying;
using ControlPlane.Operator.Watching;
using ControlPlane.Operator.Workloads;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator;

/// <summary>Registers the edge to Kubernetes.</summary>
public static class OperatorServices
{
    /// <summary>
    /// Kubernetes in, Jobs and status out: all ports of the grains, and the background work behind them. Reads the sections
    /// <c>Operator</c>, <c>Members</c> and <c>Watching</c> of the configuration.
    /// </summary>
    public static IServiceCollection AddOperator(this IServiceCollection services)
    {
        services.AddOptions<OperatorOptions>().BindConfiguration(OperatorOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<OperatorOptions>, OperatorOptionsValidator>();
        services.AddSingleton<IValidateOptions<OperatorOptions>, SharedKeysValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton<ApiCalls>();
        return services.AddWatching().AddFleet().AddPolicies().AddKeys().AddJobs().AddStatus().AddWorkloads();
    }

    private static IServiceCollection AddKeys(this IServiceCollection services) => services
        .AddSingleton<Authority>()
        .AddSingleton<ISiloIdentity, SiloIdentity>()
        .AddSingleton<TicketOffice>();

    private static IServiceCollection AddJobs(this IServiceCollection services) => services
        .AddSingleton<RunnerAccounts>()
        .AddSingleton<JobTickets>()
        .AddSingleton<DrillServers>()
        .AddSingleton<IJobDispatcher, JobDispatcher>()
        .AddSingleton<IBackupRequester, BackupRequester>()
        .AddSingleton<IDrillKeeper, DrillKeeper>()
        .AddSingleton<IBackupRemover, BackupRemover>();

    private static IServiceCollection AddStatus(this IServiceCollection services) => services
        .AddSingleton<ResourceHeads>()
        .AddSingleton<SeenVersions>()
        .AddSingleton<FinalizerRemover>()
        .AddSingleton<IStatusWriter, StatusWriter>();

    private static IServiceCollection AddWorkloads(this IServiceCollection services) => services
        .AddSingleton<StatefulSets>()
        .AddSingleton<SidecarInjector>()
        .AddSingleton<AgentSecrets>()
        .AddSingleton<AgentInquiry>()
        .AddSingleton<Surveyor>()
        .AddSingleton<ISurveyor>(provider => provider.GetRequiredService<Surveyor>())
        .AddHostedService(provider => provider.GetRequiredService<Surveyor>())
        .AddSingleton<WorkloadScaler>()
        .AddSingleton<IWorkloadScaler>(provider => provider.GetRequiredService<WorkloadScaler>())
        .AddHostedService(provider => provider.GetRequiredService<WorkloadScaler>())
        .AddSingleton<WorkloadKeeper>()
        .AddSingleton<IWorkloadKeeper>(provider => provider.GetRequiredService<WorkloadKeeper>())
        .AddHostedService(provider => provider.GetRequiredService<WorkloadKeeper>());
}
