using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Policies;

/// <summary>Policies, and what is protected by them and by clusters themselves.</summary>
internal static class PoliciesServices
{
    public static IServiceCollection AddPolicies(this IServiceCollection services) => services
        .AddFleetKind<PolicyKind>()
        .AddSingleton<PolicyBook>()
        .AddHostedService(provider => provider.GetRequiredService<PolicyBook>())
        .AddSingleton<ProtectionRegister>()
        .AddSingleton<ProtectionInbox>()
        .AddSingleton<IMemberCompanion, ProtectionNews>()
        .AddSingleton<IPolicyReporter, PolicyReporter>()
        .AddSingleton<IMemberCompanion, PolicyKeeper>()
        .AddProtection();

    private static IServiceCollection AddProtection(this IServiceCollection services)
    {
        services.AddOptions<DiscoveryOptions>().BindConfiguration(DiscoveryOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<DiscoveryOptions>, DiscoveryOptionsValidator>();
        services.AddSingleton<IResourceHandler, DatabaseHandler>();
        services.AddHostedService<ProtectionKeeper>();
        return services;
    }
}
