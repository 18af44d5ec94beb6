using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace ControlPlane.Storage;

/// <summary>
/// One whole object through a resumable session of the JSON API. The service says how many bytes it has kept (308 and <c>Range</c>); after
/// a connection that broke or an answer of 5xx it is asked, and the rest is sent from there. An answer that got lost is found the same
/// way: a session that is over says so. The checksum goes first, and the service refuses bytes that do not have it.
/// </summary>
internal sealed class GcsSession(GcsConnection connection, string key, ReadOnlyMemory<byte> content)
{
    /// <summary>How often a session goes on without a byte more having been kept. Whoever calls may then begin another.</summary>
    internal const int Patience = 5;

    private static readonly TimeSpan FirstDelay = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestDelay = TimeSpan.FromSeconds(30);

    private readonly string what = $"put {key}";

    public async Task PutAsync(PutCondition condition, CancellationToken cancellationToken)
    {
        var session = await BeginAsync(condition, cancellationToken);
        try
        {
            await SendAllAsync(session, cancellationToken);
        }
        catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
        {
            throw connection.Fault(ObjectStoreFault.Transient, "the store does not know the upload any more", what);
        }
    }

    private async Task SendAllAsync(Uri session, CancellationToken cancellationToken)
    {
        long kept = 0;
        bool sure = true;
        for (int troubles = 0; ;)
        {
            try
            {
                // Null: the object is whole.
                if (await SendAsync(session, sure ? kept : null, cancellationToken) is not { } now)
                {
                    return;
                }

                // Being told again what was known is no trouble of its own.
                troubles = now > kept ? 0 : sure ? troubles + 1 : troubles;
                (kept, sure) = (now, true);
                if (troubles > Patience)
                {
                    throw connection.Fault(ObjectStoreFault.Transient, $"the store kept {kept} bytes of {content.Length} and takes no more", what);
                }
            }
            catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.Transient && troubles < Patience)
            {
                troubles++;
                sure = false;
                await Task.Delay(Delay(troubles, trouble.RetryAfter), connection.Time, cancellationToken);
            }
        }
    }

    private async Task<Uri> BeginAsync(PutCondition condition, CancellationToken cancellationToken)
    {
        string query = condition == PutCondition.IfAbsent ? "uploadType=resumable&ifGenerationMatch=0" : "uploadType=resumable";
        var document = new GcsObjectToBe(connection.Full(key), "application/octet-stream", Crc32C.Base64(content.Span));
        using var watch = connection.Watch(cancellationToken);
        using var answer = await connection.SendAsync(what, watch, Make, cancellationToken);
        return answer.Headers.TryGetValues("Location", out var locations) && Uri.IsWellFormedUriString(locations.First(), UriKind.Absolute)
            ? GcsConnection.Verbatim(locations.First())
            : throw connection.Fault(ObjectStoreFault.Refused, "the store began an upload without saying where it goes on", what);

        HttpRequestMessage Make() => new(HttpMethod.Post, connection.Upload(query))
        {
            Content = JsonContent.Create(document, GcsJson.Default.GcsObjectToBe),
        };
    }

    /// <summary>Sends the rest from an offset, or asks when none is known. Returns what the store has kept, null when that is all.</summary>
    private async Task<long?> SendAsync(Uri session, long? offset, CancellationToken cancellationToken)
    {
        using var watch = connection.Watch(cancellationToken);
        using var answer = await connection.SendAsync(what, watch, Make, cancellationToken);
        return answer.StatusCode == HttpStatusCode.PermanentRedirect ? Kept(answer.Headers) : null;

        HttpRequestMessage Make()
        {
            var rest = offset is { } from ? content[(int)from..] : ReadOnlyMemory<byte>.Empty;
            var request = new HttpRequestMessage(HttpMethod.Put, session) { Content = new StreamContent(new PartStream(rest, watch), 512 * 1024) };
            request.Content.Headers.ContentRange = rest.IsEmpty
                ? new ContentRangeHeaderValue(content.Length)
                : new ContentRangeHeaderValue(offset!.Value, content.Length - 1, content.Length);
            return request;
        }
    }

    private long Kept(HttpResponseHeaders headers)
    {
        if (!headers.TryGetValues("Range", out var ranges))
        {
            return 0;
        }

        string range = ranges.First();
        return range.StartsWith("bytes=0-", StringComparison.Ordinal)
            && long.TryParse(range.AsSpan("bytes=0-".Length), NumberStyles.None, CultureInfo.InvariantCulture, out long last)
            && last < content.Length
                ? last + 1
                : throw connection.Fault(ObjectStoreFault.Refused, $"the store says that it kept '{range}' of {content.Length} bytes", what);
    }

    private static TimeSpan Delay(int troubles, TimeSpan? asked)
    {
        var delay = asked ?? FirstDelay * Math.Pow(2, troubles - 1) * (0.5 + Random.Shared.NextDouble());
        return delay < LongestDelay ? delay : LongestDelay;
    }
}
