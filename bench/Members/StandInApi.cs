using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Http;

namespace ControlPlane.Members;

/// <summary>The requests of the plane to one stand-in member.</summary>
internal sealed class StandInApi(StandInMember member)
{
    private static readonly TimeSpan BookmarkEvery = TimeSpan.FromMinutes(1);

    /// <summary>Answers one request.</summary>
    public async Task HandleAsync(HttpContext context)
    {
        var (request, path) = (context.Request, context.Request.Path.Value!.Trim('/'));
        if (request.Headers.Authorization != $"Bearer {member.Token}")
        {
            await RefuseAsync(context, 401, "Unauthorized");
            return;
        }
        if (request.Query["watch"] == "true")
            await WatchAsync(context, path);
        else if (HttpMethods.IsGet(request.Method) && member.Find(path) is { } collection)
            await ListAsync(context, collection);
        else
            await AnswerAsync(context, path);
    }

    private async Task ListAsync(HttpContext context, StandInCollection collection)
    {
        var page = collection.List(Number(context.Request.Query["continue"]), Number(context.Request.Query["limit"]) is > 0 and var limit ? limit : int.MaxValue / 2);
        member.Traffic.Listed(page.Length);
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = page.Length;
        await context.Response.Body.WriteAsync(page, context.RequestAborted);
    }

    private async Task WatchAsync(HttpContext context, string path)
    {
        var query = context.Request.Query;
        if (member.Find(path) is not { } collection || collection.Watch(long.Parse(query["resourceVersion"].ToString(), CultureInfo.InvariantCulture)) is not { } changes)
        {
            await RefuseAsync(context, 410, "Expired");
            return;
        }
        context.Response.ContentType = "application/json";
        using var end = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted);
        end.CancelAfter(TimeSpan.FromSeconds(Number(query["timeoutSeconds"]) is > 0 and var seconds ? seconds : 1800));
        try
        {
            await context.Response.Body.FlushAsync(end.Token);
            var mark = TimeProvider.System.GetTimestamp() + (long)(BookmarkEvery.TotalSeconds * Random.Shared.NextDouble() * TimeProvider.System.TimestampFrequency);
            while (true)
            {
                var left = TimeProvider.System.GetElapsedTime(TimeProvider.System.GetTimestamp(), mark);
                var came = left > TimeSpan.Zero ? await NextAsync(changes.Reader, left, end.Token) : null;
                if (came is null)
                    mark = TimeProvider.System.GetTimestamp() + (long)(BookmarkEvery.TotalSeconds * TimeProvider.System.TimestampFrequency);
                var line = came ?? collection.Bookmark();
                await context.Response.Body.WriteAsync(line, end.Token);
                await context.Response.Body.FlushAsync(end.Token);
                member.Traffic.Watched(line.Length);
            }
        }
        catch (OperationCanceledException)
        {
            // Its time is over, or nobody listens any more.
        }
        finally
        {
            collection.Leave(changes);
        }
    }

    private static async Task<byte[]?> NextAsync(System.Threading.Channels.ChannelReader<byte[]> changes, TimeSpan limit, CancellationToken end)
    {
        if (changes.TryRead(out var ready))
            return ready;
        using var both = CancellationTokenSource.CreateLinkedTokenSource(end);
        both.CancelAfter(limit);
        try
        {
            return await changes.ReadAsync(both.Token);
        }
        catch (OperationCanceledException) when (!end.IsCancellationRequested)
        {
            return null;
        }
    }

    private async Task AnswerAsync(HttpContext context, string path)
    {
        member.Traffic.Asked();
        var (method, parts) = (context.Request.Method, path.Split('/'));
        if (path == "version")
            await SendAsync(context, new JsonObject { ["major"] = "1", ["minor"] = "31", ["gitVersion"] = "v1.31.0-stand-in" });
        else if (path == "api/v1/namespaces/kube-system")
            await SendAsync(context, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Namespace", ["metadata"] = new JsonObject { ["name"] = "kube-system", ["uid"] = member.Id } });
        else if (path.EndsWith("/selfsubjectaccessreviews", StringComparison.Ordinal))
            await SendAsync(context, new JsonObject { ["apiVersion"] = "authorization.k8s.io/v1", ["kind"] = "SelfSubjectAccessReview", ["spec"] = new JsonObject(), ["status"] = new JsonObject { ["allowed"] = true } }, 201);
        else if (Array.IndexOf(parts, "namespaces") is >= 0 and var at && parts.Length > at + 2)
            await AnswerAsync(context, method, string.Join('/', [.. parts[..at], parts[at + 2]]), parts[at + 1], parts.ElementAtOrDefault(at + 3), parts.ElementAtOrDefault(at + 4));
        else
            await RefuseAsync(context, 404, "NotFound");
    }

    private async Task AnswerAsync(HttpContext context, string method, string collection, string @namespace, string? name, string? part)
    {
        var kept = member.Find(collection);
        var body = method is "POST" or "PUT" or "PATCH" ? await BodyAsync(context) : null;
        if (method == "GET" && name is null && collection == "api/v1/pods")
            await SendAsync(context, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "PodList", ["metadata"] = new JsonObject(), ["items"] = new JsonArray([.. member.PodsOf(@namespace, context.Request.Query["labelSelector"].ToString())]) });
        else if (method is "POST" or "PUT" && body is not null && kept is null)
            await SendAsync(context, Echo(body), method == "POST" ? 201 : 200);
        else if (method == "POST" && body is not null)
            await CreateAsync(context, kept!, @namespace, body);
        else if (name is null || kept?.Find(@namespace, name) is not { } present)
            await RefuseAsync(context, 404, "NotFound");
        else if (method == "PATCH" && part == "status")
            await SendAsync(context, WriteStatus(kept, @namespace, name, body!));
        else if (method == "DELETE")
            await DeleteAsync(context, kept, @namespace, name, present);
        else
            await SendAsync(context, present);
    }

    private async Task CreateAsync(HttpContext context, StandInCollection kept, string @namespace, JsonObject body)
    {
        var metadata = (JsonObject)body["metadata"]!;
        metadata["namespace"] = @namespace;
        if (kept.Find(@namespace, (string)metadata["name"]!) is not null)
        {
            await RefuseAsync(context, 409, "AlreadyExists");
            return;
        }
        var made = kept.Put(body);
        if (kept == member.Jobs)
            member.Work.Run((JsonObject)made.DeepClone());
        await SendAsync(context, made, 201);
    }

    // What is applied again as it was is no change, as with a real server.
    private JsonObject WriteStatus(StandInCollection kept, string @namespace, string name, JsonObject body)
    {
        lock (member.Gate)
        {
            var present = kept.Find(@namespace, name)!;
            var status = body["status"]?.DeepClone();
            if (JsonNode.DeepEquals(present["status"], status))
                return present;
            present["status"] = status;
            return kept.Put(present);
        }
    }

    private async Task DeleteAsync(HttpContext context, StandInCollection kept, string @namespace, string name, JsonObject present)
    {
        if (kept == member.Jobs)
            member.Work.Remove(@namespace, name);
        else
            kept.Remove(@namespace, name);
        await SendAsync(context, present);
    }

    private JsonObject Echo(JsonObject body)
    {
        var metadata = (JsonObject)(body["metadata"] ??= new JsonObject());
        lock (member.Gate)
            metadata["resourceVersion"] = member.NextVersion().ToString(CultureInfo.InvariantCulture);
        return body;
    }

    private static async Task<JsonObject> BodyAsync(HttpContext context) => (JsonObject)(await JsonNode.ParseAsync(context.Request.Body, cancellationToken: context.RequestAborted))!;

    private static Task RefuseAsync(HttpContext context, int code, string reason) =>
        SendAsync(context, new JsonObject { ["apiVersion"] = "v1", ["kind"] = "Status", ["status"] = "Failure", ["reason"] = reason, ["message"] = $"{context.Request.Method} {context.Request.Path}: {reason}", ["code"] = code }, code);

    private static async Task SendAsync(HttpContext context, JsonObject answer, int code = 200)
    {
        var bytes = Encoding.UTF8.GetBytes(answer.ToJsonString());
        context.Response.StatusCode = code;
        context.Response.ContentType = "application/json";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static int Number(string? text) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : 0;
}
