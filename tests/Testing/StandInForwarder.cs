using System.Net;
using Microsoft.AspNetCore.Http;

namespace ControlPlane.Testing;

/// <summary>Passes a request on to the real store and its answer back, byte for byte.</summary>
internal sealed class StandInForwarder(Uri target) : IDisposable
{
    // Expect is answered by whoever reads the body first, and the others belong to each connection by itself.
    private static readonly HashSet<string> OfTheConnection =
        new(StringComparer.OrdinalIgnoreCase) { "Connection", "Keep-Alive", "Transfer-Encoding", "Expect", "Host" };

    private readonly HttpMessageInvoker invoker = new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
        UseProxy = false,
    });

    public async Task ForwardAsync(
        HttpContext context, StandInRequest request, StandInFaultKind? fault, CancellationToken cancellationToken)
    {
        using var outgoing = Copy(context, request, fault == StandInFaultKind.Corrupt);
        using var answer = await invoker.SendAsync(outgoing, cancellationToken);
        if (fault == StandInFaultKind.LoseReply)
        {
            await answer.Content.CopyToAsync(Stream.Null, cancellationToken);
            context.Abort();
            return;
        }

        context.Response.StatusCode = (int)answer.StatusCode;
        foreach (var (name, values) in answer.Headers.Concat(answer.Content.Headers).Where(header => !OfTheConnection.Contains(header.Key)))
        {
            context.Response.Headers[name] = values.ToArray();
        }

        await using var body = await answer.Content.ReadAsStreamAsync(cancellationToken);
        if (fault is StandInFaultKind.ResetInResponse or StandInFaultKind.StallInResponse)
        {
            await BreakOffAsync(context, body, answer.Content.Headers.ContentLength ?? 0, fault.Value, cancellationToken);
            return;
        }

        await body.CopyToAsync(context.Response.Body, cancellationToken);
    }

    public void Dispose() => invoker.Dispose();

    private static async Task BreakOffAsync(
        HttpContext context, Stream body, long length, StandInFaultKind fault, CancellationToken cancellationToken)
    {
        var half = new byte[length / 2];
        await body.ReadExactlyAsync(half, cancellationToken);
        await context.Response.Body.WriteAsync(half, cancellationToken);
        await context.Response.Body.FlushAsync(cancellationToken);
        if (fault == StandInFaultKind.StallInResponse)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancellationToken);
        }

        context.Abort();
    }

    private HttpRequestMessage Copy(HttpContext context, StandInRequest request, bool corrupt)
    {
        // What was signed is the path as it was sent: it must not be tidied on the way.
        var uri = new Uri(
            target.GetLeftPart(UriPartial.Authority) + request.Target,
            new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var outgoing = new HttpRequestMessage(new HttpMethod(request.Method), uri);
        if (context.Request.ContentLength is { } length && length >= 0 && request.Method is "PUT" or "POST")
        {
            var body = corrupt ? new StandInBitFlip(context.Request.Body) : context.Request.Body;
            outgoing.Content = new StreamContent(body, 256 * 1024);
        }

        foreach (var (name, value) in request.Headers.Where(header => !OfTheConnection.Contains(header.Key)))
        {
            if (!outgoing.Headers.TryAddWithoutValidation(name, value))
            {
                outgoing.Content?.Headers.TryAddWithoutValidation(name, value);
            }
        }

        outgoing.Headers.Host = request.Headers["Host"];
        return outgoing;
    }
}
