using System.Collections.Concurrent;
using System.Globalization;
using System.Xml.Linq;
using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>Multipart uploads of the XML API.</summary>
internal sealed class StandInGoogleParts(StandInGoogleShelf shelf)
{
    private const int LargestPage = 2;
    private const int SmallestPart = 5 * 1024 * 1024;

    private static readonly XNamespace Names = "http://s3.amazonaws.com/doc/2006-03-01/";

    private readonly ConcurrentDictionary<string, Upload> uploads = new();

    public async Task ServeAsync(StandInGoogleCall call)
    {
        string[] place = call.Path.TrimStart('/').Split('/', 2);
        if (place[0] != StandInGoogleStorage.Bucket)
        {
            throw StandInGoogleAnswer.Xml(404, "NoSuchBucket", "The specified bucket does not exist.");
        }

        string key = Uri.UnescapeDataString(place[1]);
        await (call.Method switch
        {
            "POST" when call.Query.ContainsKey("uploads") => BeginAsync(call, key),
            "GET" when call.Query.ContainsKey("uploads") => ListAsync(call),
            "PUT" => TakeAsync(call, Find(call, key)),
            "POST" => CompleteAsync(call, Find(call, key)),
            "DELETE" => AbortAsync(call, Find(call, key)),
            _ => throw StandInGoogleAnswer.Xml(405, "MethodNotAllowed", "unexpected request"),
        });
    }

    private Upload Find(StandInGoogleCall call, string key) =>
        uploads.TryGetValue(call.Query["uploadId"], out var upload) && upload.Key == key
            ? upload
            : throw StandInGoogleAnswer.Xml(404, "NoSuchUpload", "The requested upload was not found.");

    private async Task BeginAsync(StandInGoogleCall call, string key)
    {
        var upload = new Upload(key, Guid.NewGuid().ToString("N") + "/+=");
        uploads[upload.Id] = upload;
        await AnswerAsync(call, new XElement(
            Names + "InitiateMultipartUploadResult",
            new XElement(Names + "Bucket", StandInGoogleStorage.Bucket),
            new XElement(Names + "Key", key),
            new XElement(Names + "UploadId", upload.Id)));
    }

    private async Task ListAsync(StandInGoogleCall call)
    {
        string prefix = call.Query.GetValueOrDefault("prefix", "");
        string after = call.Query.GetValueOrDefault("key-marker", "") + "\0" + call.Query.GetValueOrDefault("upload-id-marker", "");
        var found = uploads.Values
            .Where(upload => upload.Key.StartsWith(prefix, StringComparison.Ordinal) && string.CompareOrdinal($"{upload.Key}\0{upload.Id}", after) > 0)
            .OrderBy(upload => $"{upload.Key}\0{upload.Id}", StringComparer.Ordinal)
            .ToList();
        var page = found.Take(LargestPage).ToList();
        var answer = new XElement(
            Names + "ListMultipartUploadsResult",
            new XElement(Names + "IsTruncated", found.Count > page.Count ? "true" : "false"),
            page.Select(upload => new XElement(Names + "Upload", new XElement(Names + "Key", upload.Key), new XElement(Names + "UploadId", upload.Id), new XElement(Names + "Initiated", upload.Initiated))));
        if (found.Count > page.Count)
        {
            answer.Add(new XElement(Names + "NextKeyMarker", page[^1].Key), new XElement(Names + "NextUploadIdMarker", page[^1].Id));
        }

        await AnswerAsync(call, answer);
    }

    private static async Task TakeAsync(StandInGoogleCall call, Upload upload)
    {
        byte[] body = await call.ReadBodyAsync();
        string arrived = $"crc32c={Crc32C.Base64(body)}";
        if (call.Header("x-goog-hash") is { } sent && sent != arrived)
        {
            throw StandInGoogleAnswer.Xml(400, "BadDigest", "The CRC32C you specified did not match what we received.");
        }

        string tag = $"\"{Guid.NewGuid():N}\"";
        upload.Parts[int.Parse(call.Query["partNumber"], CultureInfo.InvariantCulture)] = (tag, body);
        call.Context.Response.Headers.ETag = tag;
        call.Context.Response.Headers["x-goog-hash"] = arrived;
        await call.AnswerAsync(200, "text/plain", []);
    }

    private async Task CompleteAsync(StandInGoogleCall call, Upload upload)
    {
        var list = XDocument.Parse(System.Text.Encoding.UTF8.GetString(await call.ReadBodyAsync())).Root!;
        var content = new List<byte>();
        var named = list.Elements("Part").ToList();
        foreach (var (index, part) in named.Index())
        {
            if (!upload.Parts.TryGetValue((int)part.Element("PartNumber")!, out var taken) || taken.Tag != (string?)part.Element("ETag"))
            {
                throw StandInGoogleAnswer.Xml(400, "InvalidPart", "A part was not found or its ETag is another.");
            }

            if (index < named.Count - 1 && taken.Content.Length < SmallestPart)
            {
                throw StandInGoogleAnswer.Xml(400, "EntityTooSmall", "A part is too small.");
            }

            content.AddRange(taken.Content);
        }

        uploads.TryRemove(upload.Id, out _);
        shelf.Put(upload.Key, [.. content], onlyNew: false);
        await AnswerAsync(call, new XElement(Names + "CompleteMultipartUploadResult", new XElement(Names + "Key", upload.Key)));
    }

    private Task AbortAsync(StandInGoogleCall call, Upload upload)
    {
        uploads.TryRemove(upload.Id, out _);
        return call.AnswerAsync(204, "text/plain", []);
    }

    private static Task AnswerAsync(StandInGoogleCall call, XElement answer) =>
        call.AnswerAsync("application/xml", answer.ToString(SaveOptions.DisableFormatting));

    private sealed class Upload(string key, string id)
    {
        public string Key { get; } = key;

        public string Id { get; } = id;

        public DateTimeOffset Initiated { get; } = TimeProvider.System.GetUtcNow();

        public ConcurrentDictionary<int, (string Tag, byte[] Content)> Parts { get; } = new();
    }
}
