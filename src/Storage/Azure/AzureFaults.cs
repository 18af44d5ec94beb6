using Azure;

namespace ControlPlane.Storage;

/// <summary>
/// Turns what the SDK and the network throw into faults with a message for owners. The SDK's own exceptions are not kept as the inner
/// one: a service that refuses a signature answers with the whole request that it saw, and the SDK keeps that answer, headers included.
/// </summary>
internal sealed class AzureFaults(AzureStoreSettings settings, string location, string endpoint)
{
    /// <summary>The fault that <paramref name="trouble"/> stands for, or null when it is none of the store's.</summary>
    /// <param name="what">What was asked, for example <c>put manifest.json</c>.</param>
    /// <param name="trouble">What was thrown.</param>
    /// <param name="watch">The watch of the request.</param>
    public ObjectStoreException? Read(string what, Exception trouble, StallWatch watch)
    {
        if (trouble is ObjectStoreException || watch.IsGivenUp)
        {
            return null;
        }

        if (watch.HasStalled)
        {
            return Make(ObjectStoreFault.Transient, $"{endpoint} {watch.Trouble}", what, trouble);
        }

        return trouble switch
        {
            RequestFailedException { Status: > 0 } answer => ReadAnswer(what, answer),
            CredentialException identity => Make(identity.Fault, identity.Message, what, null),
            _ when NetworkTrouble.Find(trouble) is { } network => ReadNetwork(what, network),
            RequestFailedException => Make(ObjectStoreFault.Transient, $"{endpoint} did not answer", what, null),
            _ => null,
        };
    }

    private ObjectStoreException ReadAnswer(string what, RequestFailedException answer)
    {
        if (answer.Status == (int)System.Net.HttpStatusCode.ProxyAuthenticationRequired)
        {
            var (fault, why) = ProxyTrouble.Explain(endpoint, new Uri(endpoint), answer.Status);
            return Make(fault, why, what, null);
        }

        string code = Quote(string.IsNullOrEmpty(answer.ErrorCode) ? ((System.Net.HttpStatusCode)answer.Status).ToString() : answer.ErrorCode);
        string words = Quote(FirstLine(answer.Message) + Detail(answer));
        string meaning = AzureCodes.Explain(code, words, settings.AccessTier) switch
        {
            null => words.Length == 0 ? "" : $": {words}",
            { } known => words.Length == 0 ? $": {known}" : $": {known} ({words})",
        };
        return Make(AzureCodes.Classify(answer.Status, code, words), $"{endpoint} answered {answer.Status} {code}{meaning}", what, null, code);
    }

    private ObjectStoreException ReadNetwork(string what, Exception network)
    {
        var (fault, happened) = NetworkTrouble.Explain(endpoint, new Uri(endpoint), network);
        return Make(fault, happened, what, NetworkTrouble.Cause(network));
    }

    private ObjectStoreException Make(ObjectStoreFault fault, string happened, string what, Exception? inner, string? code = null) =>
        new(fault, $"Cannot {what} in {location}: {happened}.", inner) { Code = code };

    // The service's words come first; behind them the SDK repeats the whole answer.
    private static string FirstLine(string message)
    {
        string line = message.Split('\n')[0];
        return line.StartsWith("Service request failed", StringComparison.Ordinal) ? "" : line;
    }

    // Why a signature was not taken. Most of these hold the whole request that was signed; these two do not, and help.
    private static string Detail(RequestFailedException answer) =>
        answer.Data["AuthenticationErrorDetail"] is string detail
        && (detail.StartsWith("Signature not valid in the specified time frame", StringComparison.Ordinal)
            || detail.StartsWith("Request date header", StringComparison.Ordinal))
            ? $" {detail}"
            : "";

    // A service may echo what it was sent. Nothing of the credentials goes on, whoever says it.
    private string Quote(string text) => NetworkTrouble.Quote(settings.Credentials switch
    {
        AzureAccountKey key => key.Key.Strike(text),
        AzureSasToken token => Parts(token.Token).Aggregate(token.Token.Strike(text), (rest, part) => part.Strike(rest)),
        _ => text,
    });

    // The signature within the token is the secret of it, and may be shown alone, also as it looks unescaped.
    private static IEnumerable<Secret> Parts(Secret token) =>
        token.Reveal().TrimStart('?').Split('&')
            .Where(part => part.StartsWith("sig=", StringComparison.Ordinal) && part.Length > 4)
            .SelectMany(part => new[] { part[4..], Uri.UnescapeDataString(part[4..]) })
            .Select(part => new Secret(part));
}
