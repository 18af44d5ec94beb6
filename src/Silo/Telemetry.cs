using OpenTelemetry.Metrics;

namespace ControlPlane.Silo;

/// <summary>What the silo measures of itself, for Prometheus.</summary>
internal static class Telemetry
{
    /// <summary>The path on the port of the probes.</summary>
    public const string Path = "/metrics";

    // The plane's own, Orleans' (reminders, requests, storage, membership) and those of the runtime.
    private static readonly string[] Meters = ["ControlPlane", "Microsoft.Orleans", "System.Runtime"];

    /// <summary>Gathers them.</summary>
    public static IServiceCollection AddConfiguredMetrics(this IServiceCollection services)
    {
        services.AddOpenTelemetry().WithMetrics(metrics => metrics.AddMeter(Meters).AddPrometheusExporter(exporter => exporter.ScrapeEndpointPath = Path));
        return services;
    }
}
