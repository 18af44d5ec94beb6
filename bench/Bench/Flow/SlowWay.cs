using System.Globalization;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Bench.Flow;

/// <summary>A proxy that lets each request wait before it is passed on, and answers a few with 503. The same requests fail in each run.</summary>
internal static class SlowWay
{
    private const int Thousand = 1000;
    private const int CopyBytes = 256 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private static readonly HashSet<string> OfTheConnection = new(["Host", "Connection", "Transfer-Encoding", "Expect", "Content-Length"], StringComparer.OrdinalIgnoreCase);

    internal static async Task RunAsync(string port, string target, string latency, string errors)
    {
        var (to, wait, failing) = (new Uri(target), TimeSpan.FromMilliseconds(Number(latency)), Number(errors));
        using var client = new HttpMessageInvoker(new SocketsHttpHandler { UseProxy = false, AllowAutoRedirect = false, MaxConnectionsPerServer = 64 });
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MaxRequestBufferSize = CopyBytes * 4;
            kestrel.ListenLocalhost(Number(port), options => options.Protocols = HttpProtocols.Http1);
        });
        await using var application = builder.Build();
        var count = 0;
        application.Run(async context =>
        {
            await Task.Delay(wait, TimeProvider.System, context.RequestAborted);

            // Spread evenly, and never the very first.
            if (Interlocked.Increment(ref count) * failing % Thousand >= Thousand - failing && failing > 0)
                await RefuseAsync(context);
            else
                await PassAsync(context, to, client);
        });
        await application.RunAsync();
    }

    /// <summary>Until it answers.</summary>
    internal static async Task UntilUpAsync(int port)
    {
        for (var start = TimeProvider.System.GetTimestamp(); TimeProvider.System.GetElapsedTime(start) < Patience;)
        {
            try
            {
                using var probe = new TcpClient();
                await probe.ConnectAsync("127.0.0.1", port);
                return;
            }
            catch (SocketException)
            {
                await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
            }
        }

        throw new InvalidOperationException("The proxy did not come up.");
    }

    private static async Task RefuseAsync(HttpContext context)
    {
        await context.Request.Body.CopyToAsync(System.IO.Stream.Null, CopyBytes, context.RequestAborted);
        context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        await context.Response.WriteAsync("<?xml version=\"1.0\"?><Error><Code>InternalError</Code><Message>One in a hundred.</Message></Error>");
    }

    private static async Task PassAsync(HttpContext context, Uri to, HttpMessageInvoker client)
    {
        using var message = new HttpRequestMessage(new HttpMethod(context.Request.Method), new Uri(to, context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget));
        if (context.Request.ContentLength is { } length)
        {
            message.Content = new StreamContent(context.Request.Body, CopyBytes);
            message.Content.Headers.ContentLength = length;
        }

        foreach (var (name, values) in context.Request.Headers.Where(header => !OfTheConnection.Contains(header.Key)))
        {
            if (!message.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values))
                message.Content?.Headers.TryAddWithoutValidation(name, (IEnumerable<string?>)values);
        }

        using var answer = await client.SendAsync(message, context.RequestAborted);
        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !OfTheConnection.Contains(header.Key)))
            context.Response.Headers[name] = values.ToArray();
        await answer.Content.CopyToAsync(context.Response.Body, context.RequestAborted);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
