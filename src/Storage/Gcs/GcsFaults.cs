using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace ControlPlane.Storage;

/// <summary>Turns answers and broken connections into faults with a message for owners.</summary>
internal sealed class GcsFaults(string bucket, string location, string endpoint)
{
    private const int LongestQuote = 300;

    /// <summary>The fault that something thrown stands for, or null when it is none of the store's.</summary>
    public ObjectStoreException? Read(string what, Exception trouble, StallWatch watch)
    {
        if (watch.IsGivenUp)
        {
            return null;
        }

        if (trouble is ObjectStoreException)
        {
            return null;
        }

        if (trouble is GcsCredentialException credentials)
        {
            return Make(credentials.Fault, credentials.Message, what, null);
        }

        if (watch.HasStalled)
        {
            return Make(ObjectStoreFault.Transient, $"{endpoint} let nothing move for {watch.Limit.TotalSeconds:0.#} s", what, trouble);
        }

        return trouble switch
        {
            _ when Find<AuthenticationException>(trouble) is { } authentication => Make(
                ObjectStoreFault.Refused,
                $"{endpoint} showed a certificate that is not trusted (give its authority as the CA bundle, or set verifyTLS: false)",
                what,
                authentication),
            HttpRequestException { HttpRequestError: HttpRequestError.NameResolutionError } =>
                Make(ObjectStoreFault.Transient, $"the name of {endpoint} was not found", what, trouble),
            HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } =>
                Make(ObjectStoreFault.Transient, $"{endpoint} could not be reached", what, trouble),
            HttpRequestException or IOException or SocketException or OperationCanceledException =>
                Make(ObjectStoreFault.Transient, $"the connection to {endpoint} broke off", what, trouble),
            _ => null,
        };
    }

    /// <summary>The fault that an answer stands for.</summary>
    public ObjectStoreException ReadAnswer(string what, HttpStatusCode status, string body, TimeSpan? retryAfter = null)
    {
        var error = GcsError.Parse(body);
        var fault = GcsCodes.Classify(status, error);
        string code = error.Code.Length > 0 ? Quote(error.Code) : status.ToString();
        string meaning = GcsCodes.Explain(fault, error, bucket) ?? Quote(error.Words);
        string head = $"{endpoint} answered {(int)status} {code}";
        return Make(fault, meaning.Length == 0 ? head : $"{head}: {meaning}", what, null, code, retryAfter);
    }

    /// <summary>A fault of this store in the usual words.</summary>
    public ObjectStoreException Make(
        ObjectStoreFault fault, string happened, string what, Exception? inner, string? code = null, TimeSpan? retryAfter = null) =>
        new(fault, $"Cannot {what} in {location}: {happened}.", inner) { Code = code, RetryAfter = retryAfter };

    private static T? Find<T>(Exception trouble) where T : Exception
    {
        for (Exception? inner = trouble; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
            {
                return found;
            }
        }

        return null;
    }

    private static string Quote(string text)
    {
        text = string.Concat(text.Select(letter => char.IsControl(letter) ? ' ' : letter)).Trim().TrimEnd('.');
        return text.Length <= LongestQuote ? text : string.Concat(text.AsSpan(0, LongestQuote), "…");
    }
}
