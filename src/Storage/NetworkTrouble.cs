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
    public static (ObjectStoreFault Fault, string Happened) Explain(string endpoint, Exception network) => network switch
    {
        AuthenticationException => (
            ObjectStoreFault.Refused,
            $"{endpoint} showed a certificate that is not trusted (give its authority as the CA bundle, or set verifyTLS: false)"),
        HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
            (ObjectStoreFault.Transient, $"the name of {endpoint} was not found"),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } or SocketException or TimeoutException =>
            (ObjectStoreFault.Transient, $"{endpoint} could not be reached"),
        _ => (ObjectStoreFault.Transient, $"the connection to {endpoint} broke off"),
    };

    /// <summary>Words that came from somewhere else: on one line, and not too many. Secrets are struck before.</summary>
    public static string Quote(string text)
    {
        text = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim().TrimEnd('.');
        return text.Length <= LongestQuote ? text : string.Concat(text.AsSpan(0, LongestQuote), "…");
    }
}
