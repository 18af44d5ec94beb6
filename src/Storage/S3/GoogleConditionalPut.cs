using System.Security.Cryptography;
using System.Xml;
using System.Xml.Linq;

namespace ControlPlane.Storage;

/// <summary>
/// Puts an object of Google's only where there is none. The SDK cannot say it: the service refuses a request that has headers of AWS and
/// its own, and the SDK's signature needs those of AWS. So this one request is made and signed in Google's own form.
/// </summary>
internal static class GoogleConditionalPut
{
    public static async Task SendAsync(S3Connection connection, string key, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        string what = $"put {key}";
        using var watch = connection.Watch(cancellationToken);
        using var request = Build(connection, key, content, watch);
        var answer = await connection.SendAsync(what, watch, token => connection.Plain.SendAsync(request, token), cancellationToken);
        using (answer)
        {
            if (answer.IsSuccessStatusCode)
            {
                return;
            }

            string text = await connection.SendAsync(what, watch, token => answer.Content.ReadAsStringAsync(token), cancellationToken);
            var (code, words) = ReadError(text);
            throw connection.Translate(what, answer.StatusCode, code, words);
        }
    }

    private static HttpRequestMessage Build(S3Connection connection, string key, ReadOnlyMemory<byte> content, StallWatch watch)
    {
        var settings = connection.Settings;
        var endpoint = settings.Endpoint ?? throw new InvalidOperationException("Google's endpoint is always given.");
        string path = $"/{settings.Bucket}/{string.Join('/', connection.Full(key).Split('/').Select(Uri.EscapeDataString))}";
        var headers = new Dictionary<string, string>
        {
            ["content-md5"] = S3Connection.Md5(content.Span),
            ["host"] = endpoint.IsDefaultPort ? endpoint.IdnHost : $"{endpoint.IdnHost}:{endpoint.Port}",
            ["x-goog-content-sha256"] = GoogleSignature.Hex(SHA256.HashData(content.Span)),
            ["x-goog-date"] = GoogleSignature.Timestamp(connection.Now),
            ["x-goog-if-generation-match"] = "0",
        };

        // What is signed is the path as it is sent: it must not be tidied on the way.
        var address = new Uri(
            endpoint.GetLeftPart(UriPartial.Authority) + path, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
        var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new StreamContent(new PartStream(content, watch)) };
        request.Content.Headers.ContentType = new("application/octet-stream");
        request.Content.Headers.TryAddWithoutValidation("Content-MD5", headers["content-md5"]);
        foreach (var (name, value) in headers.Where(header => header.Key.StartsWith("x-goog-", StringComparison.Ordinal)))
        {
            request.Headers.TryAddWithoutValidation(name, value);
        }

        request.Headers.Host = headers["host"];
        request.Headers.TryAddWithoutValidation(
            "Authorization", GoogleSignature.Authorization(settings.Credentials!, settings.Region, "PUT", path, headers));
        return request;
    }

    private static (string? Code, string? Words) ReadError(string text)
    {
        try
        {
            var error = XDocument.Parse(text).Root;
            return ((string?)error?.Element("Code"), (string?)error?.Element("Message"));
        }
        catch (XmlException)
        {
            return (null, null);
        }
    }
}
