using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Testing;

/// <summary>
/// Stands for the places where AWS hands out keys for a while: its token service (a role for a web identity's token) and the agent of Pod
/// identity. The keys are numbered and known to no store.
/// </summary>
public sealed class StandInTokenService : IAsyncDisposable
{
    private readonly WebApplication application;
    private int given;

    private StandInTokenService()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        application = builder.Build();
        application.Run(ServeAsync);
    }

    /// <summary>Where it is reached.</summary>
    public Uri Endpoint => new(application.Urls.Single());

    /// <summary>What it was asked: the form, or the header of who asked for a Pod.</summary>
    public ConcurrentQueue<IReadOnlyDictionary<string, string>> Requests { get; } = new();

    /// <summary>How long what it gives is good for.</summary>
    public TimeSpan Lasting { get; set; } = TimeSpan.FromHours(1);

    /// <summary>What it answers instead; null for keys.</summary>
    public (int Status, string Code, string Words)? Refusal { get; set; }

    /// <summary>Whether it takes requests and never answers.</summary>
    public bool Stalls { get; set; }

    /// <summary>Starts it.</summary>
    public static async Task<StandInTokenService> StartAsync()
    {
        var service = new StandInTokenService();
        await service.application.StartAsync();
        return service;
    }

    /// <inheritdoc />
    public ValueTask DisposeAsync() => application.DisposeAsync();

    private async Task ServeAsync(HttpContext context)
    {
        if (Stalls)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }

        Requests.Enqueue(context.Request.HasFormContentType
            ? (await context.Request.ReadFormAsync(context.RequestAborted)).ToDictionary(field => field.Key, field => field.Value.ToString())
            : new Dictionary<string, string> { ["Authorization"] = context.Request.Headers.Authorization.ToString() });
        int number = Interlocked.Increment(ref given);
        string end = (TimeProvider.System.GetUtcNow() + Lasting).UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
        context.Response.StatusCode = Refusal?.Status ?? 200;
        await context.Response.WriteAsync(Refusal is { } refusal ? Error(refusal.Code, refusal.Words)
            : context.Request.HasFormContentType ? Role(number, end)
            : JsonSerializer.Serialize(new { AccessKeyId = $"ASIAPOD{number}", SecretAccessKey = "pod-secret", Token = $"pod-session-{number}", Expiration = end }), context.RequestAborted);
    }

    private static string Error(string code, string words) =>
        $"<ErrorResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><Error><Type>Sender</Type><Code>{code}</Code><Message>{words}</Message></Error><RequestId>1</RequestId></ErrorResponse>";

    private static string Role(int number, string end) =>
        "<AssumeRoleWithWebIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleWithWebIdentityResult><Credentials>"
        + $"<AccessKeyId>ASIAROLE{number}</AccessKeyId><SecretAccessKey>role-secret</SecretAccessKey><SessionToken>role-session-{number}</SessionToken><Expiration>{end}</Expiration>"
        + "</Credentials></AssumeRoleWithWebIdentityResult><ResponseMetadata><RequestId>1</RequestId></ResponseMetadata></AssumeRoleWithWebIdentityResponse>";
}
