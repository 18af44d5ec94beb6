using System.Data.Common;
using System.Security.Cryptography;
using System.Text.Json.Serialization.Metadata;
using ControlPlane.Abstractions.Ports;

namespace ControlPlane.Silo.Fleet;

/// <summary>The read model over HTTP: lists and totals of the whole fleet, for whoever may look at the dashboard. No grain is asked for any of it.</summary>
internal static class FleetEndpoints
{
    /// <summary>Where they begin.</summary>
    public const string Path = "/fleet";

    /// <summary>The read model, to be written and to be read.</summary>
    public static IServiceCollection AddFleet(this IServiceCollection services) => services
        .AddSingleton<IFleetView, FleetView>()
        .AddSingleton<FleetReader>()
        .AddSingleton<FleetLists>()
        .AddSingleton<NewestLists>()
        .AddSingleton<FleetSums>();

    /// <summary>Maps them.</summary>
    public static void MapFleet(this IEndpointRouteBuilder endpoints)
    {
        endpoints.MapGet(Path, (Delegate)PageAsync);
        endpoints.MapGet(Path + "/clusters", (HttpContext context, FleetLists lists) => AnswerAsync(context, lists.ClustersAsync, FleetJson.Default.FleetPageClusterItem));
        endpoints.MapGet(Path + "/backups", (HttpContext context, NewestLists lists) => AnswerAsync(context, lists.BackupsAsync, FleetJson.Default.FleetPageBackupItem));
        endpoints.MapGet(Path + "/restores", (HttpContext context, NewestLists lists) => AnswerAsync(context, lists.RestoresAsync, FleetJson.Default.FleetPageTaskItem));
        endpoints.MapGet(Path + "/drills", (HttpContext context, NewestLists lists) => AnswerAsync(context, lists.DrillsAsync, FleetJson.Default.FleetPageTaskItem));
        endpoints.MapGet(Path + "/unprotected", (HttpContext context, FleetLists lists) => AnswerAsync(context, lists.UnprotectedAsync, FleetJson.Default.FleetPageUnprotectedItem));
        endpoints.MapGet(Path + "/totals", (HttpContext context, FleetSums sums) => AnswerAsync(context, sums.TotalsAsync, FleetJson.Default.FleetTotals));
    }

    /// <summary>The page for people; what it shows it asks for itself, here and nowhere else. Nothing but its own script runs, whatever came into its text.</summary>
    private static async Task<IResult> PageAsync(HttpContext context)
    {
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(16));
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers.ContentSecurityPolicy =
            $"default-src 'none'; connect-src 'self'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";
        await using var page = typeof(FleetEndpoints).Assembly.GetManifestResourceStream("fleet.html")!;
        using var reader = new StreamReader(page);
        return Results.Text((await reader.ReadToEndAsync(context.RequestAborted)).Replace("NONCE", nonce, StringComparison.Ordinal), "text/html; charset=utf-8");
    }

    private static async Task<IResult> AnswerAsync<T>(HttpContext context, Func<FleetParameters, CancellationToken, Task<(T? Answer, IReadOnlyList<FleetFault> Faults)>> ask, JsonTypeInfo<T> type) where T : class
    {
        context.Response.Headers.CacheControl = "no-store";
        try
        {
            var (answer, faults) = await ask(new(context.Request.Query), context.RequestAborted);
            return answer is null ? Results.Json(new(faults), FleetJson.Default.FleetFaults, statusCode: StatusCodes.Status400BadRequest) : Results.Json(answer, type);
        }
        catch (Exception trouble) when (trouble is TimeoutException or DbException)
        {
            return Results.Text("The read model does not answer now.", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }
}
