using System.Collections.Concurrent;
using System.Net;
using System.Text.RegularExpressions;
using ControlPlane.Storage;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Testing;

/// <summary>
/// Stands in for the door of Google's XML API before a real S3 server: what that API refuses of a client of S3 is refused here, its own
/// condition for a put is put into the words of S3, and everything else is done and judged by the real server.
/// </summary>
public sealed partial class StandInStrictGoogle : IAsyncDisposable
{
    private static readonly string[] Taken = ["x-amz-date", "x-amz-content-sha256", "x-amz-acl", "x-amz-storage-class"];
    private static readonly string[] Signable = ["Host", "Content-MD5", "Content-Type", "If-None-Match"];
    private static readonly string[] Classes = ["STANDARD", "NEARLINE", "COLDLINE", "ARCHIVE"];

    private readonly ConcurrentQueue<StandInRequest> requests = new();
    private readonly CancellationTokenSource ending = new();
    private readonly DevelopmentStore server;
    private readonly StandInForwarder forwarder;
    private readonly WebApplication application;

    private StandInStrictGoogle(DevelopmentStore server, IPAddress address)
    {
        this.server = server;
        forwarder = new StandInForwarder(server.Endpoint);
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.Limits.MaxRequestBodySize = null;
            kestrel.Limits.MinRequestBodyDataRate = null;
            kestrel.Listen(address, 0, options => options.Protocols = HttpProtocols.Http1);
        });
        application = builder.Build();
        application.Run(ServeAsync);
    }

    /// <summary>Where clients reach it.</summary>
    public Uri Endpoint => new(application.Urls.Single());

    /// <summary>What it was asked so far, in order.</summary>
    public IReadOnlyList<StandInRequest> Requests => [.. requests];

    /// <summary>What it refused, in words.</summary>
    public ConcurrentQueue<string> Refusals { get; } = new();

    /// <summary>Starts one before the development cluster's store.</summary>
    /// <param name="address">Where to listen; loopback when null.</param>
    public static async Task<StandInStrictGoogle> StartAsync(IPAddress? address = null)
    {
        var proxy = new StandInStrictGoogle(DevelopmentStore.Find(), address ?? IPAddress.Loopback);
        await proxy.application.StartAsync();
        return proxy;
    }

    /// <summary>Settings for an HMAC key, as the runner makes them.</summary>
    public S3StoreSettings Settings(string prefix) => server.Settings(prefix) with
    {
        Endpoint = Endpoint,
        Region = "auto",
        ForcePathStyle = true,
        Dialect = S3Dialect.Google,
    };

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        await ending.CancelAsync();
        await application.DisposeAsync();
        forwarder.Dispose();
        ending.Dispose();
    }

    private static string? Objection(StandInRequest request)
    {
        string authorization = request.Headers.GetValueOrDefault("Authorization", "");
        bool amazon = request.Headers.Keys.Any(name => name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase));
        bool google = request.Headers.Keys.Any(name => name.StartsWith("x-goog-", StringComparison.OrdinalIgnoreCase));
        var strange = request.Headers.Keys.Where(name => name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase)
            && !name.StartsWith("x-amz-meta-", StringComparison.OrdinalIgnoreCase)
            && !Taken.Contains(name, StringComparer.OrdinalIgnoreCase));
        string storageClass = request.Headers.GetValueOrDefault("x-amz-storage-class", Classes[0]);
        return amazon && google ? "Requests cannot specify both x-amz and x-goog headers"
            : strange.FirstOrDefault() is { } name ? $"{name} is not supported"
            : request.Headers.GetValueOrDefault("x-amz-content-sha256", "").StartsWith("STREAMING-", StringComparison.Ordinal) ? "chunk signatures are not supported"
            : request.Headers.GetValueOrDefault("Content-Encoding", "").Contains("aws-chunked", StringComparison.Ordinal) ? "aws-chunked is not supported"
            : request.Headers.ContainsKey("Transfer-Encoding") && request.Method == "PUT" ? "Content-Length is missing"
            : SignedAcceptEncoding().IsMatch(authorization) ? "the front end rewrites Accept-Encoding: the signature does not match"
            : request.Method == "POST" && DeletesMany().IsMatch(request.Target) ? "multi-object delete is not supported"
            : request.Method is "PUT" or "POST" && request.Headers.ContainsKey("If-None-Match") ? "If-None-Match is for reading only"
            : !Classes.Contains(storageClass) ? $"the storage class {storageClass} is not known"
            : null;
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
            if (Objection(request) is { } objection)
            {
                Refusals.Enqueue(objection);
                await AnswerAsync(context, 400, "InvalidArgument", objection, either.Token);
            }
            else if (headers.ContainsKey("x-goog-date"))
            {
                await PutIfNewAsync(context, request, either.Token);
            }
            else
            {
                await forwarder.ForwardAsync(context, headers.ContainsKey("x-amz-storage-class") ? WithoutClass(request) : request, null, either.Token);
            }
        }
        catch (Exception trouble) when (trouble is OperationCanceledException or IOException or HttpRequestException)
        {
            // One side is gone; the other must notice.
            context.Abort();
        }
    }

    // The real server has no class of these names, and the header is signed: so it goes, and the rest is signed anew.
    private StandInRequest WithoutClass(StandInRequest request)
    {
        var headers = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase);
        headers.Remove("x-amz-storage-class");
        return Signed(request with { Headers = headers });
    }

    private async Task PutIfNewAsync(HttpContext context, StandInRequest request, CancellationToken cancellationToken)
    {
        var match = GoogleAuthorization().Match(request.Headers.GetValueOrDefault("Authorization", ""));
        string secret = server.Owner.SecretAccessKey.Reveal();
        bool known = match.Success && match.Groups["key"].Value == server.Owner.AccessKeyId;
        if (!known || StandInSignature.Google.Sign(request, match.Groups["key"].Value, secret, match.Groups["region"].Value, match.Groups["names"].Value.Split(';')) != match.Value)
        {
            await AnswerAsync(context, 403, "SignatureDoesNotMatch", "Access denied.", cancellationToken);
            return;
        }

        var headers = request.Headers.Where(header => !header.Key.StartsWith("x-goog-", StringComparison.OrdinalIgnoreCase))
            .ToDictionary(header => header.Key, header => header.Value, StringComparer.OrdinalIgnoreCase);
        headers["x-amz-date"] = request.Headers["x-goog-date"];
        headers["x-amz-content-sha256"] = request.Headers["x-goog-content-sha256"];
        if (request.Headers.GetValueOrDefault("x-goog-if-generation-match") == "0")
        {
            headers["If-None-Match"] = "*";
        }

        await forwarder.ForwardAsync(context, Signed(request with { Headers = headers }), null, cancellationToken);
    }

    private StandInRequest Signed(StandInRequest request)
    {
        var headers = new Dictionary<string, string>(request.Headers, StringComparer.OrdinalIgnoreCase);
        var names = headers.Keys.Where(name => name.StartsWith("x-amz-", StringComparison.OrdinalIgnoreCase) || Signable.Contains(name, StringComparer.OrdinalIgnoreCase));
        headers["Authorization"] = StandInSignature.Amazon.Sign(
            request, server.Owner.AccessKeyId, server.Owner.SecretAccessKey.Reveal(), "us-east-1", names);
        return request with { Headers = headers };
    }

    private static async Task AnswerAsync(HttpContext context, int status, string code, string message, CancellationToken cancellationToken)
    {
        await context.Request.Body.CopyToAsync(Stream.Null, cancellationToken);
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/xml";
        await context.Response.WriteAsync(
            $"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{message}</Message></Error>", cancellationToken);
    }

    [GeneratedRegex(@"SignedHeaders=[^,]*accept-encoding", RegexOptions.IgnoreCase)]
    private static partial Regex SignedAcceptEncoding();

    [GeneratedRegex(@"[?&]delete(=|&|$)")]
    private static partial Regex DeletesMany();

    [GeneratedRegex(@"^GOOG4-HMAC-SHA256 Credential=(?<key>[^/]+)/\d{8}/(?<region>[^/]+)/storage/goog4_request, SignedHeaders=(?<names>[^,]+), Signature=[0-9a-f]{64}$")]
    private static partial Regex GoogleAuthorization();
}
