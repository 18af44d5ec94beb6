using System.Globalization;
using System.Net;
using System.Text.RegularExpressions;

namespace ControlPlane.Storage;

/// <summary>The proxy that the environment puts in the way (<c>HTTPS_PROXY</c>, <c>HTTP_PROXY</c>, <c>NO_PROXY</c>), and what it means when it lets nothing through.</summary>
internal static partial class ProxyTrouble
{
    /// <summary>The proxy on the way to a place, or null when the way is direct. An address may hold a password; that is left out.</summary>
    public static string? Find(Uri target)
    {
        var proxy = HttpClient.DefaultProxy;
        return proxy.IsBypassed(target) ? null : proxy.GetProxy(target) is { } address ? Name(address) : null;
    }

    /// <summary>The status that a proxy answered instead of making a tunnel, or 0 where it cannot be told. The runtime says it in words alone.</summary>
    public static int Status(HttpRequestException tunnel) =>
        tunnel.StatusCode is { } status ? (int)status
        : LastNumber().Match(tunnel.Message) is { Success: true } found ? int.Parse(found.ValueSpan, CultureInfo.InvariantCulture)
        : 0;

    /// <summary>The kind of trouble when a proxy answers for itself, and in words.</summary>
    public static (ObjectStoreFault Fault, string Happened) Explain(string endpoint, Uri target, int status)
    {
        string proxy = $"the proxy {Find(target) ?? "on the way"}";
        return (HttpStatusCode)status switch
        {
            HttpStatusCode.ProxyAuthenticationRequired or HttpStatusCode.Unauthorized => (
                ObjectStoreFault.Denied, $"{proxy} answered {status}: it demands credentials, or does not take those in its address"),
            HttpStatusCode.Forbidden => (
                ObjectStoreFault.Denied, $"{proxy} answered {status}: it does not allow {endpoint}; allow it there, or name its host in NO_PROXY"),
            >= HttpStatusCode.InternalServerError or HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout or 0 => (
                ObjectStoreFault.Transient, $"{proxy} answered {status}: it did not reach {endpoint}"),
            _ => (ObjectStoreFault.Refused, $"{proxy} answered {status}: it makes no way to {endpoint}"),
        };
    }

    private static string Name(Uri address) => address.GetComponents(UriComponents.SchemeAndServer, UriFormat.UriEscaped);

    [GeneratedRegex(@"\b[1-5][0-9]{2}\b(?=[^0-9]*$)", RegexOptions.CultureInvariant)]
    private static partial Regex LastNumber();
}
