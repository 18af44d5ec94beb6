using System.Globalization;
using System.Net;
using System.Xml.Linq;

namespace ControlPlane.Storage;

/// <summary>
/// An object in parts, by the multipart uploads of the XML API with the same access token: parts come in any order and side by side, are no
/// objects of their own, and each is refused unless it has the checksum that stands beside it. Why not the JSON API: decision 0004.
/// </summary>
internal sealed class GcsUpload : IObjectUpload
{
    private const string Hash = "x-goog-hash";

    // Giving up must not keep anyone who was told to stop, however the store hangs.
    private static readonly TimeSpan AbortLimit = TimeSpan.FromSeconds(10);

    private readonly GcsConnection connection;
    private readonly string key;
    private readonly string uploadId;
    private readonly PartLedger<Receipt> ledger = new();
    private bool completed;

    private GcsUpload(GcsConnection connection, string key, string uploadId)
    {
        this.connection = connection;
        this.key = key;
        this.uploadId = uploadId;
    }

    public static async Task<GcsUpload> BeginAsync(GcsConnection connection, string key, CancellationToken cancellationToken)
    {
        string answer = await connection.AskAsync($"begin {key}", Make, cancellationToken);
        return new GcsUpload(connection, key, GcsXml.Parse(answer) is { } root && GcsXml.Text(root, "UploadId") is { Length: > 0 } id
            ? id
            : throw connection.Fault(ObjectStoreFault.Refused, "the store began an upload without a name for it", $"begin {key}"));

        HttpRequestMessage Make()
        {
            var request = new HttpRequestMessage(HttpMethod.Post, connection.Xml(connection.Full(key), "uploads")) { Content = new ByteArrayContent([]) };
            request.Content.Headers.ContentType = new("application/octet-stream");
            if (connection.Settings.StorageClass is { } storageClass)
            {
                request.Headers.Add("x-goog-storage-class", storageClass);
            }

            return request;
        }
    }

    /// <summary>Gives up the picked uploads under a prefix, however many.</summary>
    public static async Task<int> AbandonAsync(
        GcsConnection connection, string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        int abandoned = 0;
        string first = $"uploads&prefix={Uri.EscapeDataString(connection.Full(prefix))}";
        for (string? query = first; query is not null;)
        {
            var address = connection.Xml("", query);
            string answer = await connection.AskAsync(
                $"list unfinished uploads of '{prefix}'", () => new(HttpMethod.Get, address), cancellationToken);
            var page = GcsXml.Parse(answer)
                ?? throw connection.Fault(ObjectStoreFault.Refused, "the store's list cannot be read", $"list unfinished uploads of '{prefix}'");
            foreach (var upload in GcsXml.All(page, "Upload"))
            {
                string found = GcsXml.Text(upload, "Key");
                if (which(new UnfinishedUpload(connection.Relative(found), GcsXml.Time(upload, "Initiated"))))
                {
                    await AbortAsync(connection, found, GcsXml.Text(upload, "UploadId"), cancellationToken);
                    abandoned++;
                }
            }

            query = GcsXml.Text(page, "IsTruncated") == "true"
                ? $"{first}&key-marker={Uri.EscapeDataString(GcsXml.Text(page, "NextKeyMarker"))}&upload-id-marker={Uri.EscapeDataString(GcsXml.Text(page, "NextUploadIdMarker"))}"
                : null;
        }

        return abandoned;
    }

    public async Task PutPartAsync(int index, ReadOnlyMemory<byte> content, CancellationToken cancellationToken)
    {
        PartLedger<Receipt>.CheckIndex(index);
        string what = $"send part {index} of {key}";
        uint crc = Crc32C.Compute(content.Span);
        string checksum = $"crc32c={Crc32C.Base64(crc)}";
        var address = Address(connection, connection.Full(key), string.Create(CultureInfo.InvariantCulture, $"partNumber={index + 1}&"), uploadId);
        using var watch = connection.Watch(cancellationToken);
        using var answer = await connection.SendAsync(what, watch, Make, cancellationToken);
        if (answer.Headers.TryGetValues(Hash, out var hashes)
            && !hashes.SelectMany(value => value.Split(',')).Any(value => value.Trim() == checksum))
        {
            throw connection.Fault(ObjectStoreFault.Corrupted, "the store kept other bytes than were sent", what);
        }

        ledger.Note(index, content.Length, answer.Headers.TryGetValues("ETag", out var tags)
            ? new Receipt(tags.First(), crc)
            : throw connection.Fault(ObjectStoreFault.Refused, "the store took a part without a name for it", what));

        HttpRequestMessage Make()
        {
            var request = new HttpRequestMessage(HttpMethod.Put, address) { Content = new StreamContent(new PartStream(content, watch), 512 * 1024) };
            request.Headers.Add(Hash, checksum);
            return request;
        }
    }

    public async Task CompleteAsync(CancellationToken cancellationToken)
    {
        var parts = ledger.Close();
        string what = $"complete {key}";
        string list = new XElement("CompleteMultipartUpload", parts.Select(part => new XElement(
            "Part", new XElement("PartNumber", part.Index + 1), new XElement("ETag", part.Receipt.ETag)))).ToString(SaveOptions.DisableFormatting);
        var address = Address(connection, connection.Full(key), "", uploadId);
        using var watch = connection.Watch(connection.Settings.CompleteTimeout, cancellationToken);
        using var answer = await connection.SendAsync(
            what, watch, () => new(HttpMethod.Post, address) { Content = new StringContent(list, null, "application/xml") }, cancellationToken);

        // A long completion is answered before its end is known, and may still fail in the body.
        string body = await connection.ReadAsync(what, watch, answer, cancellationToken);
        if (GcsXml.Parse(body) is { Name.LocalName: "Error" })
        {
            throw connection.Fault(what, HttpStatusCode.InternalServerError, body);
        }

        completed = true;
    }

    public ObjectFacts Describe() => ObjectFacts.OfParts([.. ledger.Close().Select(part => (part.Length, part.Receipt.Crc32C))]);

    public async ValueTask DisposeAsync()
    {
        if (completed)
        {
            return;
        }

        completed = true;
        try
        {
            await AbortAsync(connection, connection.Full(key), uploadId, CancellationToken.None);
        }
        catch (ObjectStoreException)
        {
            // Whoever disposes is mostly on the way out because of the same trouble, and must not hear of this instead.
            // What is left is found by AbandonUploadsAsync.
        }
    }

    private static Uri Address(GcsConnection connection, string fullKey, string query, string uploadId) =>
        connection.Xml(fullKey, $"{query}uploadId={Uri.EscapeDataString(uploadId)}");

    private static async Task AbortAsync(GcsConnection connection, string fullKey, string uploadId, CancellationToken cancellationToken)
    {
        var address = Address(connection, fullKey, "", uploadId);
        try
        {
            using var watch = connection.Watch(AbortLimit, cancellationToken);
            using var answer = await connection.SendAsync(
                $"give up the upload of {connection.Relative(fullKey)}", watch, () => new(HttpMethod.Delete, address), cancellationToken);
        }
        catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
        {
            // Completed, or given up by someone else.
        }
    }

    private sealed record Receipt(string ETag, uint Crc32C);
}
