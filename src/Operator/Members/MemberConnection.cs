using System.Net;
using k8s;
using k8s.Autorest;
using k8s.Models;

namespace ControlPlane.Operator.Members;

/// <summary>
/// The client of one member with one set of credentials. Where those change, it is replaced: whoever holds a long request ends it and goes on with
/// the new one, and what is short may end with the old one.
/// </summary>
internal sealed class MemberConnection(KubernetesClientConfiguration configuration, string fingerprint) : IDisposable
{
    private const string IdentityNamespace = "kube-system";

    private static readonly TimeSpan IdentityLimit = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource replaced = new();
    private readonly SemaphoreSlim asking = new(1);

    public Kubernetes Client { get; } = MemberClient.Create(configuration);

    /// <summary>What of the configuration made it, as a digest.</summary>
    public string Fingerprint => fingerprint;

    /// <summary>That another one took its place.</summary>
    public CancellationToken Replaced => replaced.Token;

    /// <summary>Which Kubernetes cluster answers here; null while nobody asked.</summary>
    public string? ClusterId { get; private set; }

    /// <summary>
    /// Asks once which Kubernetes cluster this is: the UID of its namespace <c>kube-system</c>, which it keeps for life. <paramref name="again"/> asks in any
    /// case, and so finds whether it still answers.
    /// </summary>
    public async Task<string> IdentifyAsync(string member, CancellationToken cancellationToken, bool again = false)
    {
        if (!again && ClusterId is { } known)
            return known;
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, replaced.Token);
        limit.CancelAfter(IdentityLimit);
        try
        {
            // One at a time: whoever comes to a member that is away waits for the same answer, and no longer.
            await asking.WaitAsync(limit.Token);
            try
            {
                return ClusterId = (again ? null : ClusterId) ?? (await Client.CoreV1.ReadNamespaceAsync(IdentityNamespace, cancellationToken: limit.Token)).Uid();
            }
            finally
            {
                asking.Release();
            }
        }
        catch (HttpOperationException refusal) when (refusal.Response.StatusCode == HttpStatusCode.Unauthorized)
        {
            throw new MemberAwayException(member, Abstractions.Reasons.CredentialsRefused, "its API server does not take the credentials (401).", refusal);
        }
        catch (HttpOperationException refusal) when (refusal.Response.StatusCode == HttpStatusCode.Forbidden)
        {
            throw new MemberAwayException(member, Abstractions.Reasons.RightsMissing, "the right to get the namespace 'kube-system' is missing, by which it is told from other members: apply deploy/member there.", refusal);
        }
        catch (HttpOperationException refusal)
        {
            throw new MemberAwayException(member, Abstractions.Reasons.Unreachable, refusal.Sentence(), refusal);
        }
        catch (Exception trouble) when (trouble is HttpRequestException or IOException || (trouble is OperationCanceledException && !cancellationToken.IsCancellationRequested))
        {
            throw new MemberAwayException(member, Abstractions.Reasons.Unreachable, Sentence(trouble), trouble);
        }
    }

    /// <summary>Ends what is long; the client goes a little later.</summary>
    public Task ReplaceAsync() => replaced.CancelAsync();

    public void Dispose()
    {
        Client.Dispose();
        replaced.Dispose();
        asking.Dispose();
    }

    /// <summary>Why nothing was heard, for people.</summary>
    public static string Sentence(Exception trouble) => trouble switch
    {
        OperationCanceledException => "its API server did not answer within 10 seconds.",
        { InnerException: System.Security.Authentication.AuthenticationException } => "the certificate of its API server is not of the authority that the Secret names.",
        { InnerException: System.Net.Sockets.SocketException socket } => $"its API server cannot be reached: {socket.Message}.",
        _ => $"its API server cannot be asked: {trouble.Message}",
    };
}
