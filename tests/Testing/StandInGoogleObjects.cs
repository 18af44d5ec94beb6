using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;
using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>The JSON API: objects, their pages, and resumable sessions.</summary>
internal sealed class StandInGoogleObjects(StandInGoogleShelf shelf)
{
    private const int Granularity = 256 * 1024;
    private const int LargestPage = 500;

    private readonly ConcurrentDictionary<string, Session> sessions = new();

    public Uri Endpoint { get; set; } = null!;

    public async Task ServeAsync(StandInGoogleCall call)
    {
        string[] parts = call.Path.TrimStart('/').Split('/');
        if (parts[0] == "upload")
        {
            CheckBucket(parts[4]);
            await (call.Query.TryGetValue("upload_id", out string? id) ? GoOnAsync(call, id) : BeginAsync(call));
            return;
        }

        CheckBucket(parts[3], media: call.Query.ContainsKey("alt"));
        string? name = parts.Length > 5 ? Uri.UnescapeDataString(parts[5]) : null;
        await ((call.Method, name) switch
        {
            ("GET", null) => ListAsync(call),
            ("GET", not null) when call.Query.GetValueOrDefault("alt") == "media" => ReadAsync(call, name),
            ("GET", not null) => DescribeAsync(call, name),
            ("DELETE", not null) => shelf.Remove(name)
                ? call.AnswerAsync(204, "application/json", [])
                : throw StandInGoogleAnswer.Json(404, "notFound", $"No such object: {StandInGoogleStorage.Bucket}/{name}"),
            _ => throw StandInGoogleAnswer.Json(400, "invalid", "unexpected request"),
        });
    }

    private static void CheckBucket(string bucket, bool media = false)
    {
        const string Absent = "The specified bucket does not exist.";
        if (bucket != StandInGoogleStorage.Bucket)
        {
            throw media ? new StandInGoogleAnswer(404, Absent) : StandInGoogleAnswer.Json(404, "notFound", Absent);
        }
    }

    private async Task ListAsync(StandInGoogleCall call)
    {
        int most = Math.Min(LargestPage, int.Parse(call.Query.GetValueOrDefault("maxResults", "1000"), CultureInfo.InvariantCulture));
        string prefix = call.Query.GetValueOrDefault("prefix", "");
        var found = shelf.List(prefix, call.Query.GetValueOrDefault("pageToken", ""), most + 1);
        var page = new Dictionary<string, object>();
        if (found.Count > 0)
        {
            page["items"] = found.Take(most)
                .Select(entry => new { name = entry.Name, size = entry.Size.ToString(CultureInfo.InvariantCulture), updated = entry.Updated });
        }

        if (found.Count > most)
        {
            page["nextPageToken"] = found[most - 1].Name;
        }

        await call.AnswerAsync("application/json", JsonSerializer.Serialize(page));
    }

    private async Task DescribeAsync(StandInGoogleCall call, string name)
    {
        byte[] content = shelf.Find(name)
            ?? throw StandInGoogleAnswer.Json(404, "notFound", $"No such object: {StandInGoogleStorage.Bucket}/{name}");
        await call.AnswerAsync(
            "application/json",
            JsonSerializer.Serialize(new { name, size = content.Length.ToString(CultureInfo.InvariantCulture), crc32c = Crc32C.Base64(content) }));
    }

    // What goes wrong here is told in plain words, not in JSON.
    private async Task ReadAsync(StandInGoogleCall call, string name)
    {
        byte[] content = shelf.Find(name) ?? throw new StandInGoogleAnswer(404, $"No such object: {StandInGoogleStorage.Bucket}/{name}");
        if (call.Header("Range") is not { } range)
        {
            await call.AnswerAsync(200, "application/octet-stream", content);
            return;
        }

        var wanted = RangeHeaderValue.Parse(range).Ranges.Single();
        if (wanted.From!.Value >= content.Length)
        {
            throw new StandInGoogleAnswer(416, "Request range not satisfiable");
        }

        int end = (int)Math.Min((wanted.To ?? long.MaxValue - 1) + 1, content.Length);
        await call.AnswerAsync(206, "application/octet-stream", content[(int)wanted.From.Value..end]);
    }

    private async Task BeginAsync(StandInGoogleCall call)
    {
        if (call.Query.GetValueOrDefault("uploadType") != "resumable")
        {
            throw StandInGoogleAnswer.Json(400, "invalid", "unexpected uploadType");
        }

        using var document = JsonDocument.Parse(await call.ReadBodyAsync());
        var session = new Session(
            document.RootElement.GetProperty("name").GetString()!,
            document.RootElement.GetProperty("crc32c").GetString()!,
            call.Query.GetValueOrDefault("ifGenerationMatch") == "0");
        Check(session);
        string id = Guid.NewGuid().ToString("N");
        sessions[id] = session;
        call.Context.Response.Headers.Location =
            $"{Endpoint.GetLeftPart(UriPartial.Authority)}/upload/storage/v1/b/{StandInGoogleStorage.Bucket}/o?uploadType=resumable&upload_id={id}";
        await call.AnswerAsync(200, "text/plain", []);
    }

    private async Task GoOnAsync(StandInGoogleCall call, string id)
    {
        if (!sessions.TryGetValue(id, out var session))
        {
            throw StandInGoogleAnswer.Json(404, "notFound", "No such upload");
        }

        var range = ContentRangeHeaderValue.Parse(call.Header("Content-Range")!);
        if (!session.Done && range.HasRange)
        {
            if (range.From != session.Kept.Length)
            {
                throw StandInGoogleAnswer.Json(400, "invalid", $"Invalid request. The bytes from {session.Kept.Length} on were expected.");
            }

            await TakeAsync(call, session);
        }

        if (!session.Done && session.Kept.Length == range.Length)
        {
            Finish(session);
        }

        if (session.Done)
        {
            await call.AnswerAsync("application/json", JsonSerializer.Serialize(new { name = session.Name, crc32c = session.Crc32C }));
            return;
        }

        if (session.Kept.Length > 0)
        {
            call.Context.Response.Headers["Range"] = string.Create(CultureInfo.InvariantCulture, $"bytes=0-{session.Kept.Length - 1}");
        }

        await call.AnswerAsync(308, "text/plain", []);
    }

    private static async Task TakeAsync(StandInGoogleCall call, Session session)
    {
        byte[] body = await call.ReadBodyAsync();
        if (call.Fault?.Keeps is not { } most)
        {
            session.Kept = [.. session.Kept, .. body];
            return;
        }

        // What is kept of a request that was not taken whole is a number of whole quarters of a mebibyte.
        session.Kept = [.. session.Kept, .. body.AsSpan(0, Math.Min(body.Length, most / Granularity * Granularity))];
        if (call.Fault.ThenCuts)
        {
            throw new IOException("cut");
        }

        if (call.Fault.Then is { } answer)
        {
            throw answer;
        }
    }

    private void Finish(Session session)
    {
        if (Crc32C.Base64(session.Kept) != session.Crc32C)
        {
            throw StandInGoogleAnswer.Json(
                400, "invalid", $"Provided CRC32C \"{session.Crc32C}\" doesn't match calculated CRC32C \"{Crc32C.Base64(session.Kept)}\".");
        }

        session.Done = shelf.Put(session.Name, session.Kept, session.OnlyNew)
            ? true
            : throw StandInGoogleAnswer.Json(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
    }

    private void Check(Session session)
    {
        if (session.OnlyNew && shelf.Find(session.Name) is not null)
        {
            throw StandInGoogleAnswer.Json(412, "conditionNotMet", "At least one of the pre-conditions you specified did not hold.");
        }
    }

    private sealed class Session(string name, string crc32C, bool onlyNew)
    {
        public string Name { get; } = name;

        public string Crc32C { get; } = crc32C;

        public bool OnlyNew { get; } = onlyNew;

        public byte[] Kept { get; set; } = [];

        public bool Done { get; set; }
    }
}
