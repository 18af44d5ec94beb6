using ControlPlane.Abstractions.Ports;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPlane.Operator.Fleet;

/// <summary>The fleet's configuration.</summary>
internal static class FleetServices
{
    public static IServiceCollection AddFleet(this IServiceCollection services) => services
        .AddFleetKind<FleetBudgets>()
        .AddSingleton<IFleetBudgets>(provider => provider.GetRequiredService<FleetBudgets>())
        .AddHostedService<BudgetFollower>()
        .AddHostedService<FleetDirectory>();

    /// <summary>Has every silo keep a kind: whoever needs it asks for the type itself.</summary>
    public static IServiceCollection AddFleetKind<TKind>(this IServiceCollection services)
        where TKind : class, IFleetKind => services
        .AddSingleton<TKind>()
        .AddSingleton<IFleetKind>(provider => provider.GetRequiredService<TKind>());
}
