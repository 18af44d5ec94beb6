using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ControlPlane.Storage;

/// <summary>What went wrong before a store could answer, whichever SDK it is wrapped by.</summary>
internal static class NetworkTrouble
{
    private const int LongestQuote = 300;

    /// <summary>The trouble of the network within something that was thrown, or null when there is none.</summary>
    public static Exception? Find(Exception trouble)
    {
        Exception? found = null;
        for (Exception? inner = trouble; inner is not null; inner = inner.InnerException)
        {
            if (inner is AuthenticationException)
            {
                return inner;
            }

            bool canceled = inner is OperationCanceledException and not TaskCanceledException { InnerException: TimeoutException };
            if (inner is HttpRequestException or IOException or SocketException or TimeoutException or WebException || canceled)
            {
                found ??= inner;
            }
        }

        return found;
    }

    /// <summary>The kind of trouble, and in words.</summary>
    /// <param name="endpoint">The place as messages name it.</param>
    /// <param name="target">The place as it is connected to, which decides on the proxy.</param>
    /// <param name="network">What was found.</param>
    public static (ObjectStoreFault Fault, string Happened) Explain(string endpoint, Uri target, Exception network) => network switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } tunnel =>
            ProxyTrouble.Explain(endpoint, target, ProxyTrouble.Status(tunnel)),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } when ProxyTrouble.Find(target) is { } proxy =>
            (ObjectStoreFault.Transient, $"the name of the proxy {proxy}, which leads to {endpoint}, was not found"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } or SocketException or TimeoutException when ProxyTrouble.Find(target) is { } proxy =>
            (ObjectStoreFault.Transient, $"the proxy {proxy}, which leads to {endpoint}, could not be reached"),
        AuthenticationException => (
            ObjectStoreFault.Refused,
            $"{endpoint} showed a certificate that is not trusted (give its authority as the CA bundle, or set verifyTLS: false)"),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            (ObjectStoreFault.Transient, $"the name of {endpoint} was not found"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } or SocketException or TimeoutException =>
            (ObjectStoreFault.Transient, $"{endpoint} could not be reached"),
        _ => (ObjectStoreFault.Transient, $"the connection to {endpoint} broke off"),
    };

    /// <summary>
    /// What may be kept of it as the cause of a fault. A proxy's refusal is quoted by the runtime with the proxy's whole address, and that may hold a password.
    /// </summary>
    public static Exception? Cause(Exception network) =>
        network is HttpRequestException { HttpRequestError: HttpRequestError.ProxyTunnelError } ? null : network;

    /// <summary>Words that came from somewhere else: on one line, and not too many. Secrets are struck before.</summary>
    public static string Quote(string text)
    {
        text = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim().TrimEnd('.');
        return text.Length <= LongestQuote ? text : string.Concat(text.AsSpan(0, LongestQuote), "…");
    }
}
