using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using ControlPlane.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Testing;

/// <summary>
/// Stands in for Google Cloud Storage, which cannot be had here: what its documentation says of access tokens, of the JSON API (objects,
/// pages, resumable sessions) and of multipart uploads of the XML API, in memory, and the faults that it is told to show.
/// </summary>
internal sealed class StandInGoogleStorage : IAsyncDisposable
{
    public const string Bucket = "backups";

    private readonly ConcurrentQueue<StandInRequest> requests = new();
    private readonly Lock gate = new();
    private readonly List<Plan> plans = [];
    private readonly CancellationTokenSource ending = new();
    private readonly WebApplication application;
    private readonly StandInGoogleObjects objects;
    private readonly StandInGoogleParts parts;

    private StandInGoogleStorage(IPAddress address, X509Certificate2? certificate)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(address, 0, options => options.Protocols = HttpProtocols.Http1);
            if (certificate is not null)
            {
                kestrel.Listen(address, 0, options =>
                {
                    options.Protocols = HttpProtocols.Http1;
                    options.UseHttps(certificate);
                });
            }
        });
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        application = builder.Build();
        application.Run(ServeAsync);
        Shelf = new StandInGoogleShelf();
        Tokens = new StandInGoogleTokens();
        objects = new StandInGoogleObjects(Shelf);
        parts = new StandInGoogleParts(Shelf);
    }

    /// <summary>Where clients reach it: by TLS where it has a certificate.</summary>
    public Uri Endpoint { get; private set; } = null!;

    /// <summary>Where tokens are had: without TLS, since the place of tokens is checked against the system's authorities.</summary>
    public Uri TokenEndpoint { get; private set; } = null!;

    /// <summary>What lies in the bucket.</summary>
    public StandInGoogleShelf Shelf { get; }

    /// <summary>Who may do what.</summary>
    public StandInGoogleTokens Tokens { get; }

    /// <summary>What it was asked so far, in order.</summary>
    public IReadOnlyList<StandInRequest> Requests => [.. requests];

    /// <summary>Starts one.</summary>
    /// <param name="address">Where to listen; loopback when null.</param>
    /// <param name="certificate">What to speak TLS with; plain HTTP when null.</param>
    public static async Task<StandInGoogleStorage> StartAsync(IPAddress? address = null, X509Certificate2? certificate = null)
    {
        var store = new StandInGoogleStorage(address ?? IPAddress.Loopback, certificate);
        await store.application.StartAsync();
        store.TokenEndpoint = new Uri(new Uri(store.application.Urls.Single(url => url.StartsWith("http:", StringComparison.Ordinal))), "token");
        store.Endpoint = new Uri(store.application.Urls.Last());
        store.objects.Endpoint = store.Endpoint;
        return store;
    }

    /// <summary>Settings of an account that may do everything.</summary>
    public GcsStoreSettings Settings(string prefix, string account = StandInGoogleTokens.Owner) => new()
    {
        Bucket = Bucket,
        Prefix = prefix,
        Endpoint = Endpoint,
        StallTimeout = TimeSpan.FromSeconds(20),
        ServiceAccountKey = new Secret(StandInGoogleTokens.KeyFile(account, TokenEndpoint)),
    };

    /// <summary>The next requests of a kind meet a fault.</summary>
    public void Break(StandInGoogleFault fault, Func<StandInRequest, bool> which, int times = 1)
    {
        lock (gate)
        {
            plans.Add(new Plan(fault, which) { Left = times });
        }
    }

    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await application.DisposeAsync();
        Tokens.Dispose();
        ending.Dispose();
    }

    private async Task ServeAsync(HttpContext context)
    {
        string target = context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget;
        var headers = context.Request.Headers.ToDictionary(
            header => header.Key, header => header.Value.ToString(), StringComparer.OrdinalIgnoreCase);
        var request = new StandInRequest(context.Request.Method, target, headers);
        requests.Enqueue(request);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, ending.Token);
        try
        {
            await ServeAsync(new StandInGoogleCall(context, request, FaultFor(request), either.Token));
        }
        catch (StandInGoogleAnswer answer)
        {
            context.Response.StatusCode = answer.Status;
            if (answer.RetryAfterSeconds is { } seconds)
            {
                context.Response.Headers.RetryAfter = seconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            }

            await context.Response.WriteAsync(answer.Body);
        }
        catch (Exception trouble) when (trouble is OperationCanceledException or IOException)
        {
            // One side is gone; the other must notice.
            context.Abort();
        }
    }

    private async Task ServeAsync(StandInGoogleCall call)
    {
        if (call.Path is "/token" or "/" || call.Path.StartsWith("/computeMetadata/", StringComparison.Ordinal))
        {
            await Tokens.ServeAsync(call);
            return;
        }

        if (call.Fault?.Instead is { } instead)
        {
            await call.ReadBodyAsync();
            throw instead;
        }

        // A session's address is the right to write there.
        bool json = call.Path.StartsWith("/storage/", StringComparison.Ordinal) || call.Path.StartsWith("/upload/", StringComparison.Ordinal);
        if (!call.Query.ContainsKey("upload_id"))
        {
            Tokens.Check(call, json);
        }

        call.Fault?.Meanwhile?.Invoke();
        await (json ? objects.ServeAsync(call) : parts.ServeAsync(call));
        if (call.Fault?.LosesReply == true)
        {
            call.Context.Abort();
        }
    }

    private StandInGoogleFault? FaultFor(StandInRequest request)
    {
        lock (gate)
        {
            var plan = plans.Find(plan => plan.Left > 0 && plan.Which(request));
            if (plan is not null)
            {
                plan.Left--;
            }

            return plan?.Fault;
        }
    }

    private sealed record Plan(StandInGoogleFault Fault, Func<StandInRequest, bool> Which)
    {
        public int Left { get; set; }
    }
}
