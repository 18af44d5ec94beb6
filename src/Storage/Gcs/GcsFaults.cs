using System.Net;

namespace ControlPlane.Storage;

/// <summary>Turns answers and broken connections into faults with a message for owners.</summary>
internal sealed class GcsFaults(string bucket, string location, string endpoint)
{
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

        if (trouble is CredentialException credentials)
        {
            return Make(credentials.Fault, credentials.Message, what, null);
        }

        if (watch.HasStalled)
        {
            return Make(ObjectStoreFault.Transient, $"{endpoint} {watch.Trouble}", what, trouble);
        }

        if (NetworkTrouble.Find(trouble) is not { } network)
        {
            return null;
        }

        var (fault, happened) = NetworkTrouble.Explain(endpoint, new Uri(endpoint), network);
        return Make(fault, happened, what, NetworkTrouble.Cause(network));
    }

    /// <summary>The fault that an answer stands for.</summary>
    public ObjectStoreException ReadAnswer(string what, HttpStatusCode status, string body, TimeSpan? retryAfter = null)
    {
        if (status == HttpStatusCode.ProxyAuthenticationRequired)
        {
            var (refused, why) = ProxyTrouble.Explain(endpoint, new Uri(endpoint), (int)status);
            return Make(refused, why, what, null);
        }

        var error = GcsError.Parse(body);
        var fault = GcsCodes.Classify(status, error);
        string code = error.Code.Length > 0 ? NetworkTrouble.Quote(error.Code) : status.ToString();
        string meaning = GcsCodes.Explain(fault, error, bucket) ?? NetworkTrouble.Quote(error.Words);
        string head = $"{endpoint} answered {(int)status} {code}";
        return Make(fault, meaning.Length == 0 ? head : $"{head}: {meaning}", what, null, code, retryAfter);
    }

    /// <summary>A fault of this store in the usual words.</summary>
    public ObjectStoreException Make(
        ObjectStoreFault fault, string happened, string what, Exception? inner, string? code = null, TimeSpan? retryAfter = null) =>
        new(fault, $"Cannot {what} in {location}: {happened}.", inner) { Code = code, RetryAfter = retryAfter };
}
