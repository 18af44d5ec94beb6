using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ControlPlane.Protocol;
using Polly;
using Polly.Retry;

namespace ControlPlane.Sidecar.Runner;

/// <summary>Speaks with one agent, and with nobody who merely answers at its address: only the plane's authority and the cluster's name count.</summary>
internal sealed class AgentClient : IDisposable
{
    private const int MostWords = 256 * 1024;

    private static readonly TimeSpan ConnectLimit = TimeSpan.FromSeconds(15);

    /// <summary>How long the agent may take to begin: it asks its server a few questions, and starts the tool.</summary>
    private static readonly TimeSpan BeginLimit = TimeSpan.FromMinutes(2);

    /// <summary>How long one question may take.</summary>
    private static readonly TimeSpan QuestionLimit = TimeSpan.FromSeconds(20);

    // A backup of hours is not to be lost to one lost answer.
    private readonly ResiliencePipeline<AgentRunView?> asking;
    private readonly HttpClient http;
    private readonly SourceRequest source;
    private readonly string uid;
    private readonly TimeProvider time;
    private readonly X509Certificate2Collection authority = [];

    internal AgentClient(SourceRequest source, string uid, string ticket, TimeProvider time)
    {
        asking = new ResiliencePipelineBuilder<AgentRunView?> { TimeProvider = time }
            .AddRetry(new RetryStrategyOptions<AgentRunView?>
            {
                MaxRetryAttempts = 4,
                Delay = TimeSpan.FromSeconds(1),
                BackoffType = DelayBackoffType.Exponential,
                ShouldHandle = arguments => ValueTask.FromResult(arguments.Outcome.Exception is null && arguments.Outcome.Result is null),
            })
            .Build();
        (this.source, this.uid, this.time) = (source, uid, time);
        try
        {
            authority.ImportFromPem(source.Authority);
        }
        catch (CryptographicException trouble)
        {
            throw new JobFaultException(JobFault.InvalidRequest, "The request's source.authority is no PEM certificate.", trouble);
        }

        var handler = new SocketsHttpHandler
        {
            ConnectTimeout = ConnectLimit,
            ConnectCallback = ConnectAsync,
            UseProxy = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = Policy() },
        };

        // The name stands in the address, so that the certificate is checked against it; the connection goes to the address that was given.
        http = new HttpClient(handler)
        {
            BaseAddress = new UriBuilder("https", source.ServerName, source.Agent.Port).Uri,
            Timeout = Timeout.InfiniteTimeSpan,
        };
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue(AgentApi.AuthorizationScheme, ticket);
    }

    /// <summary>Starts the backup. The response's body is the stream; the caller disposes it.</summary>
    internal async Task<HttpResponseMessage> BeginAsync(AgentRunRequest request, CancellationToken cancellationToken)
    {
        using var message = Message(HttpMethod.Post);
        message.Content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(request, ProtocolJson.Default.AgentRunRequest));
        message.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        HttpResponseMessage response;
        using var limit = Limited(BeginLimit, cancellationToken);
        try
        {
            response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
        }
        catch (OperationCanceledException late) when (!cancellationToken.IsCancellationRequested)
        {
            throw new JobFaultException(JobFault.SourceUnavailable, $"The agent at {source.Agent} of Pod {source.Pod} did not begin within {BeginLimit.TotalMinutes:0} minutes.", late);
        }
        catch (HttpRequestException trouble)
        {
            throw new JobFaultException(JobFault.SourceUnavailable, Unreachable(trouble), trouble);
        }

        if (response.StatusCode == HttpStatusCode.OK)
            return response;
        using (response)
            throw await RefusedAsync(response, cancellationToken);
    }

    /// <summary>How the run stands, or null when the agent does not say.</summary>
    internal async Task<AgentRunView?> ViewAsync(CancellationToken cancellationToken)
    {
        using var limit = Limited(QuestionLimit, cancellationToken);
        try
        {
            using var message = Message(HttpMethod.Get);
            using var response = await http.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, limit.Token);
            return response.StatusCode == HttpStatusCode.OK ? await ReadAsync(response, limit.Token) : null;
        }
        catch (Exception trouble) when (trouble is HttpRequestException or IOException || (trouble is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            return null;
        }
    }

    /// <summary>How the run ended, once its stream has; null when the agent does not say, although it was asked several times.</summary>
    internal async Task<AgentRunView?> ResultAsync(CancellationToken cancellationToken) =>
        await asking.ExecuteAsync(async token => await ViewAsync(token), cancellationToken);

    public void Dispose() => http.Dispose();

    // Disposing it ends the clock, and leaves a response alone that has begun.
    private Limit Limited(TimeSpan limit, CancellationToken cancellationToken) => new(limit, time, cancellationToken);

    private HttpRequestMessage Message(HttpMethod method) =>
        new(method, AgentApi.Backups.Replace("{uid}", Uri.EscapeDataString(uid), StringComparison.Ordinal))
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };

    private X509ChainPolicy Policy()
    {
        var policy = new X509ChainPolicy
        {
            TrustMode = X509ChainTrustMode.CustomRootTrust,

            // The plane's certificates are short-lived and have no revocation list.
            RevocationMode = X509RevocationMode.NoCheck,
            DisableCertificateDownloads = true,
        };
        policy.CustomTrustStore.AddRange(authority);
        return policy;
    }

    private async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext context, CancellationToken cancellationToken)
    {
        var socket = KeepAlive.On(new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true });
        try
        {
            await socket.ConnectAsync(source.Agent.DnsSafeHost, source.Agent.Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string Unreachable(HttpRequestException trouble) => trouble.HttpRequestError switch
    {
        HttpRequestError.SecureConnectionError =>
            $"The agent at {source.Agent} of Pod {source.Pod} did not show the certificate of {source.ServerName}: {trouble.InnerException?.Message ?? trouble.Message}",
        _ => $"The agent at {source.Agent} of Pod {source.Pod} could not be reached: {trouble.InnerException?.Message ?? trouble.Message}",
    };

    private async Task<JobFaultException> RefusedAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        var status = (int)response.StatusCode;
        if (response.StatusCode is HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden)
            return new JobFaultException(JobFault.SourceUnavailable, $"The agent of Pod {source.Pod} did not accept the ticket; it may have expired before the Job began, or the agent has not got the plane's new key yet.");
        var view = await ReadAsync(response, cancellationToken);
        return view?.Fault is { } fault
            ? new JobFaultException(fault, $"The agent of Pod {source.Pod} answered: {view.Message}")
            : new JobFaultException(status == 400 ? JobFault.InvalidRequest : JobFault.SourceUnavailable, $"The agent of Pod {source.Pod} answered with status {status}.");
    }

    private static async Task<AgentRunView?> ReadAsync(HttpResponseMessage response, CancellationToken cancellationToken)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(MostWords, cancellationToken);
            return await JsonSerializer.DeserializeAsync(await response.Content.ReadAsStreamAsync(cancellationToken), ProtocolJson.Default.AgentRunView, cancellationToken);
        }
        catch (Exception trouble) when (trouble is JsonException or HttpRequestException or IOException)
        {
            return null;
        }
    }

    private sealed class Limit : IDisposable
    {
        private readonly CancellationTokenSource clock;
        private readonly CancellationTokenSource either;

        internal Limit(TimeSpan limit, TimeProvider time, CancellationToken cancellationToken)
        {
            clock = new CancellationTokenSource(limit, time);
            either = CancellationTokenSource.CreateLinkedTokenSource(clock.Token, cancellationToken);
        }

        internal CancellationToken Token => either.Token;

        public void Dispose()
        {
            either.Dispose();
            clock.Dispose();
        }
    }
}
