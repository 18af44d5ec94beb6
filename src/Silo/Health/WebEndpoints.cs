using System.Net;
using ControlPlane.Silo.Fleet;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Orleans.Dashboard;

namespace ControlPlane.Silo.Health;

/// <summary>Two doors: probes, from anywhere; the dashboard, from this machine only. What comes in by the one never reaches the other.</summary>
internal static class WebEndpoints
{
    private const string Dashboard = "/dashboard";

    /// <summary>Opens the two doors.</summary>
    public static void Listen(this KestrelServerOptions kestrel, SiloOptions options)
    {
        kestrel.AddServerHeader = false;
        kestrel.Listen(IPAddress.Parse(options.HealthAddress), options.HealthPort);
        kestrel.Listen(IPAddress.Loopback, options.DashboardPort);
    }

    /// <summary>Puts something behind them.</summary>
    public static void MapDoors(this WebApplication app, SiloOptions options)
    {
        // By the port that the connection came in by: a Host header says what its sender likes.
        app.MapWhen(context => context.Connection.LocalPort == options.DashboardPort && IPAddress.IsLoopback(context.Connection.LocalIpAddress!), door =>
        {
            door.Use(OnlyByItsOwnNameAsync);
            door.MapWhen(context => context.Request.Path.StartsWithSegments(FleetEndpoints.Path), fleet =>
            {
                fleet.UseRouting();
                fleet.UseEndpoints(endpoints => endpoints.MapFleet());
            });

            // Its pages are 17 MiB, read at once: a silo whose dashboard nobody opens does without them.
            var pages = new Lazy<RequestDelegate>(() => Pages(door.New()));
            door.Run(context => pages.Value(context));
        });
        app.MapWhen(context => context.Connection.LocalPort == options.HealthPort, door =>
        {
            door.UseRouting();
            door.UseEndpoints(endpoints =>
            {
                endpoints.MapGet("/healthz/live", () => Results.Text("ok"));
                endpoints.MapGet("/healthz/startup", (SiloHealth health) => Answer(health.HasStarted ? null : "The silo is starting."));
                endpoints.MapPrometheusScrapingEndpoint(Telemetry.Path);
                endpoints.MapGet("/healthz/ready", async (SiloHealth health, CancellationToken cancellationToken) => Answer(await health.ObjectionAsync(cancellationToken)));
            });
        });
    }

    private static RequestDelegate Pages(IApplicationBuilder door)
    {
        door.UseRouting();
        door.UseEndpoints(endpoints =>
        {
            endpoints.MapOrleansDashboard(Dashboard);
            endpoints.MapGet("/", () => Results.Redirect(Dashboard + "/"));
        });
        return door.Build();
    }

    /// <summary>A page from elsewhere that had its name resolved to this machine must not read the dashboard through a browser here.</summary>
    private static Task OnlyByItsOwnNameAsync(HttpContext context, RequestDelegate next)
    {
        var host = context.Request.Host.Host;
        if (host == "localhost" || (IPAddress.TryParse(host.Trim('[', ']'), out var address) && IPAddress.IsLoopback(address)))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status421MisdirectedRequest;
        return Task.CompletedTask;
    }

    private static IResult Answer(string? objection) =>
        objection is null ? Results.Text("ok") : Results.Text(objection, statusCode: StatusCodes.Status503ServiceUnavailable);
}
