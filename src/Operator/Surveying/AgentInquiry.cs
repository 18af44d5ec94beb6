using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Security;
using ControlPlane.Protocol;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Surveying;

/// <summary>Asks one agent how its instance stands. Trusts the plane's own authority and the cluster's own name, and nothing else.</summary>
internal sealed class AgentInquiry(Authority authority, TicketOffice tickets, IOptions<OperatorOptions> options, TimeProvider time)
{
    private const int LongestAnswer = 64 * 1024;
    private static readonly TimeSpan TicketValidity = TimeSpan.FromMinutes(1);

    /// <summary>What it said, or why it said nothing.</summary>
    public async Task<AgentAnswer> AskAsync(string address, string @namespace, string cluster, CancellationToken cancellationToken, int port = AgentApi.Port)
    {
        var limit = options.Value.SurveyTimeLimit;
        using var watch = new CancellationTokenSource(limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(watch.Token, cancellationToken);
        try
        {
            return new(await GetAsync(new(IPAddress.Parse(address), port), @namespace, cluster, both.Token), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new(null, $"the agent did not answer within {limit.TotalSeconds:0.#} s", NoRoad: true);
        }
        catch (HttpRequestException trouble)
        {
            return new(null, Sentence(trouble), NoRoad: trouble is { StatusCode: null, InnerException: SocketException });
        }
        catch (Exception trouble) when (trouble is JsonException or FormatException or IOException)
        {
            return new(null, $"the agent answered something else than expected: {trouble.Message}");
        }
    }

    private async Task<InstanceView> GetAsync(IPEndPoint agent, string @namespace, string cluster, CancellationToken cancellationToken)
    {
        using var client = new HttpClient(Handler(agent)) { MaxResponseContentBufferSize = LongestAnswer };
        var address = new UriBuilder(Uri.UriSchemeHttps, AgentApi.ServerName(@namespace, cluster), agent.Port, AgentApi.Instance).Uri;
        using var request = new HttpRequestMessage(HttpMethod.Get, address)
        {
            Version = HttpVersion.Version11,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var ticket = tickets.Issue(@namespace, cluster, TicketOperation.Inspect, "", time.GetUtcNow() + TicketValidity);
        request.Headers.Authorization = new AuthenticationHeaderValue(AgentApi.AuthorizationScheme, ticket);
        using var response = await client.SendAsync(request, cancellationToken);
        response.EnsureSuccessStatusCode();
        await using var content = await response.Content.ReadAsStreamAsync(cancellationToken);
        return await JsonSerializer.DeserializeAsync(content, ProtocolJson.Default.InstanceView, cancellationToken) ?? throw new JsonException("The answer is empty.");
    }

    // The address is dialled, the name is asked for: so the certificate is checked against the name, which no DNS knows.
    private SocketsHttpHandler Handler(IPEndPoint agent)
    {
        var trust = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust, RevocationMode = X509RevocationMode.NoCheck };
        trust.CustomTrustStore.AddRange(authority.Roots.ToArray());
        return new()
        {
            UseProxy = false,
            UseCookies = false,
            AllowAutoRedirect = false,
            SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = trust },
            ConnectCallback = async (_, token) =>
            {
                var socket = new Socket(agent.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
                try
                {
                    await socket.ConnectAsync(agent, token);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
    }

    private static string Sentence(HttpRequestException trouble) => trouble switch
    {
        { StatusCode: HttpStatusCode.Unauthorized or HttpStatusCode.Forbidden } => "the agent refused the plane's ticket: its Secret may not have reached it yet",
        { StatusCode: { } status } => $"the agent answered {(int)status}",
        { InnerException: AuthenticationException } => "the agent's certificate was not issued by this plane for this cluster: its Secret may not have reached it yet",
        { InnerException: SocketException socket } => $"the agent could not be reached: {socket.Message}",
        _ => $"the agent could not be asked: {trouble.Message}",
    };
}

/// <summary>An agent's answer.</summary>
/// <param name="View">What it said.</param>
/// <param name="Trouble">Why it said nothing, for people.</param>
/// <param name="NoRoad">Whether nothing at all came back from its address.</param>
internal sealed record AgentAnswer(InstanceView? View, string? Trouble, bool NoRoad = false)
{
    /// <summary>The instance with what its agent said. The Pods of another Kubernetes cluster need not be reachable from the plane's.</summary>
    public SurveyedInstance Complete(SurveyedInstance instance, MemberKey member) =>
        instance with { View = View, Trouble = Trouble, OutOfReach = NoRoad && member.Name != MemberKey.Local };
}
