using System.Net;
using Amazon.Runtime;
using Amazon.S3;

namespace ControlPlane.Storage;

/// <summary>
/// Turns what the SDK and the network throw into faults with a message for owners. The SDK's own exceptions are not kept as the inner
/// one: a store that refuses a signature answers with the whole request that it saw, session token included, and the SDK keeps that answer.
/// </summary>
internal sealed class S3Faults(S3StoreSettings settings, string location, string endpoint)
{
    private readonly Uri target = settings.Endpoint ?? new Uri("https://s3.amazonaws.com");

    /// <summary>The fault that <paramref name="trouble"/> stands for, or null when it is none of the store's.</summary>
    /// <param name="what">What was asked, for example <c>put manifest.json</c>.</param>
    /// <param name="trouble">What was thrown.</param>
    /// <param name="watch">The watch of the request.</param>
    public ObjectStoreException? Read(string what, Exception trouble, StallWatch watch)
    {
        // A batch that was done in part is read entry by entry where it was asked.
        if (trouble is ObjectStoreException or DeleteObjectsException || watch.IsGivenUp)
        {
            return null;
        }

        if (watch.HasStalled)
        {
            return Make(ObjectStoreFault.Transient, $"{endpoint} {watch.Trouble}", what, trouble);
        }

        return trouble switch
        {
            CredentialException credentials => Make(credentials.Fault, credentials.Message, what, null),
            AmazonServiceException { StatusCode: not 0 } answer => ReadAnswer(what, answer.StatusCode, answer.ErrorCode, answer.Message),
            _ when NetworkTrouble.Find(trouble) is { } network => ReadNetwork(what, network),
            AmazonServiceException => Make(ObjectStoreFault.Transient, $"{endpoint} did not answer", what, null),
            AmazonClientException client => ReadClient(what, client),
            _ => null,
        };
    }

    /// <summary>The fault that an answer of the store stands for.</summary>
    public ObjectStoreException ReadAnswer(string what, HttpStatusCode status, string? code, string? words)
    {
        if (status == HttpStatusCode.ProxyAuthenticationRequired)
        {
            var (fault, why) = ProxyTrouble.Explain(endpoint, target, (int)status);
            return Make(fault, why, what, null);
        }

        string name = string.IsNullOrEmpty(code) ? status.ToString() : code;
        string head = $"{endpoint} answered {(int)status} {Quote(name)}";
        string happened = Meaning(name, words) is { } meaning ? $"{head}: {meaning}" : head;
        return Make(S3Codes.Classify(status, code), happened, what, null, Quote(name));
    }

    private string? Meaning(string code, string? words)
    {
        if (code == "InvalidStorageClass")
        {
            return $"the store does not know the storage class '{settings.StorageClass}'";
        }

        string? known = settings.ServerSideEncryption is { } encryption && S3Codes.MayMeanEncryption(code)
            ? $"perhaps the store does not offer serverSideEncryption '{encryption}'{(settings.KmsKeyId is { } key ? $" with the key '{key}'" : "")}"
            : S3Codes.Explain(code);
        string quoted = Quote(words ?? "");
        return (known, quoted) switch
        {
            (null, "") => null,
            (null, _) => quoted,
            (_, "") => known,
            _ => $"{known} ({quoted})",
        };
    }

    private ObjectStoreException ReadNetwork(string what, Exception network)
    {
        var (fault, happened) = NetworkTrouble.Explain(endpoint, target, network);
        return Make(fault, happened, what, NetworkTrouble.Cause(network));
    }

    private ObjectStoreException ReadClient(string what, AmazonClientException client) =>
        Make(ObjectStoreFault.Refused, $"the request could not be made ({Quote(client.Message)})", what, null);

    private ObjectStoreException Make(ObjectStoreFault fault, string happened, string what, Exception? inner, string? code = null) =>
        new(fault, $"Cannot {what} in {location}: {happened}.", inner) { Code = code };

    // A store may echo what it was sent. Nothing of the credentials goes on, whoever says it.
    private string Quote(string text)
    {
        if (settings.Credentials is { } credentials)
        {
            text = credentials.SecretAccessKey.Strike(text);
            text = credentials.SessionToken?.Strike(text) ?? text;
            text = text.Replace(credentials.AccessKeyId, "***", StringComparison.Ordinal);
        }

        return NetworkTrouble.Quote(text);
    }
}
