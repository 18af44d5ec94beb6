using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Testing;

/// <summary>
/// Stands for Microsoft Entra's token endpoint, which cannot be had here: takes a client's assertion and gives a token in the form of its
/// own, signed by nobody. A service that checks signatures does not take it; the development cluster's does not check them.
/// </summary>
public sealed class StandInTokenEndpoint : IAsyncDisposable
{
    private readonly WebApplication application;

    private StandInTokenEndpoint()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        application = builder.Build();
        application.Run(ServeAsync);
    }

    /// <summary>Where it is reached.</summary>
    public Uri Authority => new(application.Urls.Single());

    /// <summary>What it was asked: the path, and the form.</summary>
    public ConcurrentQueue<(string Path, IReadOnlyDictionary<string, string> Form)> Requests { get; } = new();

    /// <summary>What it answers instead of a token; null for a token.</summary>
    public (int Status, string Body)? Refusal { get; set; }

    /// <summary>Starts it.</summary>
    public static async Task<StandInTokenEndpoint> StartAsync()
    {
        var endpoint = new StandInTokenEndpoint();
        await endpoint.application.StartAsync();
        return endpoint;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => application.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        var form = await context.Request.ReadFormAsync(context.RequestAborted);
        Requests.Enqueue((context.Request.Path, form.ToDictionary(field => field.Key, field => field.Value.ToString())));
        var (status, body) = Refusal ?? (200, JsonSerializer.Serialize(new { token_type = "Bearer", expires_in = 3599, access_token = Token() }));
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await context.Response.WriteAsync(body, context.RequestAborted);
    }

    private static string Token()
    {
        long now = TimeProvider.System.GetUtcNow().ToUnixTimeSeconds();
        var claims = new { aud = "https://storage.azure.com", iss = "https://sts.windows.net/tenant/", iat = now, nbf = now - 60, exp = now + 3599, ver = "1.0" };
        return $"{Part(new { alg = "RS256", typ = "JWT" })}.{Part(claims)}.{Part("nobody")}";
    }

    private static string Part<T>(T content) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes(JsonSerializer.Serialize(content))).TrimEnd('=').Replace('+', '-').Replace('/', '_');
}
