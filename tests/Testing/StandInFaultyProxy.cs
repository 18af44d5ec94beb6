using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Testing;

/// <summary>
/// Stands between a client and a real object store, passes on what it is sent, and breaks what it is told to. Nothing of the store is
/// imitated: signatures are checked by the real one, because the host's name is passed on as it came.
/// </summary>
public sealed class StandInFaultyProxy : IAsyncDisposable
{
    private readonly ConcurrentQueue<StandInRequest> requests = new();
    private readonly Lock gate = new();
    private readonly List<Plan> plans = [];
    private readonly CancellationTokenSource ending = new();
    private readonly StandInForwarder forwarder;
    private readonly WebApplication application;

    private StandInFaultyProxy(Uri target, IPEndPoint listen, X509Certificate2? certificate)
    {
        forwarder = new StandInForwarder(target);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Limits.MinResponseDataRate = null;
            kestrel.Listen(listen, options =>
            {
                options.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                {
                    options.UseHttps(certificate);
                }
            });
        });
        if (certificate is not null)
        {
            builder.WebHost.UseKestrelHttpsConfiguration();
        }

        application = builder.Build();
        application.Run(ServeAsync);
        Endpoint = new Uri($"{(certificate is null ? "http" : "https")}://{listen}");
    }

    /// <summary>Where clients reach it.</summary>
    public Uri Endpoint { get; private set; }

    /// <summary>What it was asked so far, in order.</summary>
    public IReadOnlyList<StandInRequest> Requests => [.. requests];

    /// <summary>Starts it.</summary>
    /// <param name="target">The real store.</param>
    /// <param name="address">Where to listen; loopback when null.</param>
    /// <param name="port">The port; any free one when 0.</param>
    /// <param name="certificate">What to speak TLS with; plain HTTP when null.</param>
    public static async Task<StandInFaultyProxy> StartAsync(
        Uri target, IPAddress? address = null, int port = 0, X509Certificate2? certificate = null)
    {
        var proxy = new StandInFaultyProxy(target, new IPEndPoint(address ?? IPAddress.Loopback, port), certificate);
        await proxy.application.StartAsync();
        proxy.Endpoint = new Uri(proxy.application.Urls.Single());
        return proxy;
    }

    /// <summary>Breaks the next requests that fit. Plans are asked in the order of their making.</summary>
    /// <param name="fault">How.</param>
    /// <param name="which">Which requests; all when null.</param>
    /// <param name="times">How many; <see cref="int.MaxValue"/> for as long as it runs.</param>
    public void Break(StandInFault fault, Func<StandInRequest, bool>? which = null, int times = 1)
    {
        lock (gate)
        {
            plans.Add(new Plan(fault, which ?? (_ => true)) { Left = times });
        }
    }

    /// <summary>From now on everything passes.</summary>
    public void Heal()
    {
        lock (gate)
        {
            plans.Clear();
        }
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await application.DisposeAsync();
        forwarder.Dispose();
        ending.Dispose();
    }

    private StandInFault? FaultFor(StandInRequest request)
    {
        lock (gate)
        {
            var plan = plans.Find(plan => plan.Left > 0 && plan.Which(request));
            if (plan is null)
            {
                return null;
            }

            plan.Left--;
            return plan.Fault;
        }
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
            await ServeAsync(context, request, FaultFor(request), either.Token);
        }
        catch (Exception trouble) when (trouble is OperationCanceledException or IOException or HttpRequestException)
        {
            // One side is gone; the other must notice.
            context.Abort();
        }
    }

    private async Task ServeAsync(HttpContext context, StandInRequest request, StandInFault? fault, CancellationToken cancellationToken)
    {
        switch (fault?.Kind)
        {
            case StandInFaultKind.Answer:
                await context.Request.Body.CopyToAsync(Stream.Null, cancellationToken);
                context.Response.StatusCode = fault.Status;
                context.Response.ContentType = "application/xml";
                await context.Response.WriteAsync(request.Method == "HEAD" ? "" : fault.Body, cancellationToken);
                break;
            case StandInFaultKind.Stall:
                await ReadHalfAsync(context, cancellationToken);
                await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
                break;
            case StandInFaultKind.ResetInRequest:
                await ReadHalfAsync(context, cancellationToken);
                context.Abort();
                break;
            default:
                await forwarder.ForwardAsync(context, request, fault?.Kind, cancellationToken);
                break;
        }
    }

    private static async Task ReadHalfAsync(HttpContext context, CancellationToken cancellationToken)
    {
        var buffer = new byte[16 * 1024];
        for (long left = (context.Request.ContentLength ?? 0) / 2; left > 0;)
        {
            int count = await context.Request.Body.ReadAsync(buffer.AsMemory(0, (int)Math.Min(left, buffer.Length)), cancellationToken);
            left = count == 0 ? 0 : left - count;
        }
    }

    private sealed record Plan(StandInFault Fault, Func<StandInRequest, bool> Which)
    {
        public int Left { get; set; }
    }
}
