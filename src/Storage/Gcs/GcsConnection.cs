using System.Net;

namespace ControlPlane.Storage;

/// <summary>One bucket of Google Cloud Storage; each request has its token too.</summary>
internal sealed class GcsConnection : StoreConnection, IDisposable
{
    // What is read into memory is a page of a list or an error, never an object.
    private const long LongestText = 16 * 1024 * 1024;

    private readonly GcsFaults faults;
    private readonly GcsTokens tokens;
    private readonly HttpClient client;

    public GcsConnection(GcsStoreSettings settings, TimeProvider time)
        : base(settings.Prefix, settings.StallTimeout, settings.Pace, time)
    {
        if (settings.Endpoint.Scheme != Uri.UriSchemeHttps && !settings.Endpoint.IsLoopback)
        {
            throw new ObjectStoreException(
                ObjectStoreFault.Refused, $"A service account's token is never sent in the clear: {settings.Endpoint.GetLeftPart(UriPartial.Authority)} is not https. Use https, or an HMAC key.");
        }

        Settings = settings;
        Location = $"gs://{settings.Bucket}/{settings.Prefix}".TrimEnd('/');
        Authority = settings.Endpoint.GetLeftPart(UriPartial.Authority);
        faults = new GcsFaults(settings.Bucket, Location, Authority);
        tokens = new GcsTokens(settings.ServiceAccountKey);
        client = new HttpClient(StoreHandler.Create(settings.ConnectTimeout, settings.VerifyTls, StoreHandler.Trust(settings.CaBundlePem)))
        {
            Timeout = Timeout.InfiniteTimeSpan,
            MaxResponseContentBufferSize = LongestText,
        };
    }

    public GcsStoreSettings Settings { get; }

    public string Location { get; }

    private string Authority { get; }

    /// <summary>An address of the JSON API below the bucket.</summary>
    public Uri Json(string path) => Address($"/storage/v1/b/{Uri.EscapeDataString(Settings.Bucket)}/{path}");

    /// <summary>The address of the JSON API where objects are begun.</summary>
    public Uri Upload(string query) => Address($"/upload/storage/v1/b/{Uri.EscapeDataString(Settings.Bucket)}/o?{query}");

    /// <summary>An address of the XML API: of a key as the bucket knows it, or of the bucket itself.</summary>
    public Uri Xml(string fullKey, string query) =>
        Address($"/{Settings.Bucket}/{string.Join('/', fullKey.Split('/').Select(Uri.EscapeDataString))}?{query}");

    /// <summary>An address that the store gave; it is taken as it is.</summary>
    public static Uri Verbatim(string address) => new(address, new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });

    /// <summary>Sends a request and gives its answer as text.</summary>
    public async Task<string> AskAsync(string what, Func<HttpRequestMessage> make, CancellationToken cancellationToken)
    {
        using var watch = Watch(cancellationToken);
        using var answer = await SendAsync(what, watch, make, cancellationToken);
        return await ReadAsync(what, watch, answer, cancellationToken);
    }

    /// <summary>
    /// Sends a request under its watch. Only an answer that says "done" or "go on" (308) comes back, any other is thrown. A token that is
    /// not taken is renewed, once: it may have been revoked before its time.
    /// </summary>
    public Task<HttpResponseMessage> SendAsync(
        string what, StallWatch watch, Func<HttpRequestMessage> make, CancellationToken cancellationToken) =>
        SendAsync(what, watch, async watched =>
        {
            string token = await tokens.GetAsync(watched);
            var answer = await SendOnceAsync(make, token, watched);
            if (answer.StatusCode == HttpStatusCode.Unauthorized)
            {
                answer.Dispose();
                watch.Progress();
                answer = await SendOnceAsync(make, await tokens.RenewAsync(token, watched), watched);
            }

            if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.PermanentRedirect)
            {
                return answer;
            }

            using (answer)
            {
                string body = await answer.Content.ReadAsStringAsync(watched);
                throw faults.ReadAnswer(what, answer.StatusCode, body, answer.Headers.RetryAfter?.Delta);
            }
        }, cancellationToken);

    /// <summary>The text of an answer.</summary>
    public Task<string> ReadAsync(string what, StallWatch watch, HttpResponseMessage answer, CancellationToken cancellationToken) =>
        SendAsync(what, watch, answer.Content.ReadAsStringAsync, cancellationToken);

    /// <inheritdoc/>
    public override ObjectStoreException? Translate(string what, Exception trouble, StallWatch watch) => faults.Read(what, trouble, watch);

    /// <summary>A fault that was found here, in the usual words.</summary>
    public ObjectStoreException Fault(ObjectStoreFault fault, string happened, string what) => faults.Make(fault, happened, what, null);

    /// <summary>The fault that an answer stands for although its status says otherwise.</summary>
    public ObjectStoreException Fault(string what, HttpStatusCode status, string body) => faults.ReadAnswer(what, status, body);

    public void Dispose()
    {
        client.Dispose();
        tokens.Dispose();
    }

    private async Task<HttpResponseMessage> SendOnceAsync(Func<HttpRequestMessage> make, string token, CancellationToken cancellationToken)
    {
        using var request = make();

        // Where an upload goes on may be another host; the address itself is the right to write there.
        if (request.RequestUri!.GetLeftPart(UriPartial.Authority) == Authority)
        {
            request.Headers.Authorization = new("Bearer", token);
        }

        return await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancellationToken);
    }

    private Uri Address(string pathAndQuery) => Verbatim(Authority + pathAndQuery);
}
