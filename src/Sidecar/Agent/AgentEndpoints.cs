using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Database;

namespace ControlPlane.Sidecar.Agent;

/// <summary>The agent's routes, in the order of <see cref="AgentApi"/>. Nothing that a caller sent is ever sent back.</summary>
internal sealed partial class AgentEndpoints(TicketGate gate, BackupRuns runs, BackupStreamer streamer, IServer server, DataSize size, IHostApplicationLifetime lifetime)
{
    private const int LogBytes = 1 << 20;

    internal void Map(IEndpointRouteBuilder routes)
    {
        // Only plain delegates: a route that binds parameters would load the expression compiler into a process that must stay small.
        routes.MapGet(AgentApi.Health, (RequestDelegate)(_ => Task.CompletedTask));
        routes.MapGet(AgentApi.Instance, (RequestDelegate)InstanceAsync);
        routes.MapPost(AgentApi.Backups, (RequestDelegate)BackupAsync);
        routes.MapGet(AgentApi.Run, (RequestDelegate)RunAsync);
        routes.MapGet(AgentApi.Log, (RequestDelegate)LogAsync);
    }

    private async Task InstanceAsync(HttpContext context)
    {
        if (await gate.RefuseAsync(context.Request, TicketOperation.Inspect, "") is { } refusal)
        {
            context.Response.StatusCode = refusal;
            return;
        }

        InstanceView view;
        try
        {
            var facts = await server.AskAsync(context.RequestAborted);
            view = new InstanceView
            {
                ServerReachable = true,
                Role = facts.Replication.Role,
                LagSeconds = facts.Replication.LagSeconds,
                Engine = Tool.ToolTraits.Of(BackupEngine.Auto, facts.IsMariaDb).Engine,
                ServerVersion = facts.Version,
                ServerUuid = facts.Uuid,
                GtidExecuted = facts.GtidExecuted is { Length: > 0 and <= InstanceView.MaximumGtidSet } set ? set : null,
                DataBytes = size.Bytes(),
            };
        }
        catch (ServerException trouble)
        {
            view = new InstanceView { ServerReachable = false, Message = trouble.Message, AccountRefused = trouble.AccountRefused };
        }

        await AnswerAsync(context, StatusCodes.Status200OK, view with { RunningUid = runs.RunningUid }, ProtocolJson.Default.InstanceView);
    }

    private async Task BackupAsync(HttpContext context)
    {
        if (await UidAsync(context) is not { } uid)
            return;
        if (await ReadAsync(context) is not { } request)
            return;

        if (ToolArguments.Faults(request.ToolArguments) is { Count: > 0 } faults)
        {
            await RefuseAsync(context, StatusCodes.Status400BadRequest, Refusal(uid, request.Attempt, JobFault.InvalidRequest, string.Join(' ', faults)));
            return;
        }

        await runs.SupersedeAsync(uid, request.Attempt, context.RequestAborted);
        if (runs.TryBegin(uid, request.Attempt, out var inTheWay) is not { } run)
        {
            var busy = inTheWay!.View.Phase == AgentRunPhase.Running;
            await RefuseAsync(context, StatusCodes.Status409Conflict, Refusal(
                uid, request.Attempt, JobFault.SourceUnavailable, busy ? $"This instance is busy with {inTheWay.Uid}." : "This attempt has already been run here, and its stream is gone."));
            return;
        }

        run.BeginBy(context.Request.Headers.Authorization);
        try
        {
            await StreamAsync(context, run, request);
        }
        finally
        {
            runs.End(run);
        }
    }

    private async Task StreamAsync(HttpContext context, BackupRun run, AgentRunRequest request)
    {
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping, run.Superseded);
        if (await streamer.StartAsync(run, request, stop.Token) is not { } tool)
        {
            await RefuseAsync(context, StatusCodes.Status503ServiceUnavailable, run.View);
            return;
        }

        context.Response.ContentType = "application/octet-stream";
        await streamer.CopyAsync(run, tool, context.Response, stop.Token);

        // A reader that still listens is to see a broken stream, and one that vanished is not to keep the connection.
        if (stop.IsCancellationRequested)
            context.Abort();
    }

    private async Task RunAsync(HttpContext context)
    {
        if (await UidAsync(context) is not { } uid)
            return;
        if (runs.Find(uid) is { } run)
            await AnswerAsync(context, StatusCodes.Status200OK, run.View, ProtocolJson.Default.AgentRunView);
        else
            context.Response.StatusCode = StatusCodes.Status404NotFound;
    }

    private async Task LogAsync(HttpContext context)
    {
        if (await UidAsync(context) is not { } uid)
            return;
        if (runs.Find(uid)?.Log is not { } log)
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        context.Response.ContentType = "text/plain; charset=utf-8";
        await context.Response.Body.WriteAsync(await log.LastAsync(LogBytes, context.RequestAborted), context.RequestAborted);
    }

    // The ticket is looked at before the UID's form, so that strangers learn nothing of it.
    private async Task<string?> UidAsync(HttpContext context)
    {
        var uid = (string?)context.GetRouteValue("uid") ?? "";
        if (HttpMethods.IsGet(context.Request.Method) && runs.Find(uid)?.WasBegunBy(context.Request.Headers.Authorization) is true)
            return uid;
        var refusal = await gate.RefuseAsync(context.Request, TicketOperation.Backup, uid);
        if (refusal is null && UidForm().IsMatch(uid))
            return uid;
        context.Response.StatusCode = refusal ?? StatusCodes.Status400BadRequest;
        return null;
    }

    private static async Task<AgentRunRequest?> ReadAsync(HttpContext context)
    {
        try
        {
            var request = await JsonSerializer.DeserializeAsync(context.Request.Body, ProtocolJson.Default.AgentRunRequest, context.RequestAborted);
            if (request is { Attempt: > 0 and < 1_000_000 } && !request.ToolArguments.Contains(null!))
                return request;
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (JsonException)
        {
            context.Response.StatusCode = StatusCodes.Status400BadRequest;
        }
        catch (BadHttpRequestException trouble)
        {
            context.Response.StatusCode = trouble.StatusCode;
        }

        return null;
    }

    private static AgentRunView Refusal(string uid, int attempt, JobFault fault, string message) =>
        new() { Uid = uid, Attempt = attempt, Phase = AgentRunPhase.Failed, BytesRead = 0, Fault = fault, Message = message };

    private static Task RefuseAsync(HttpContext context, int status, AgentRunView view) => AnswerAsync(context, status, view, ProtocolJson.Default.AgentRunView);

    private static async Task AnswerAsync<T>(HttpContext context, int status, T view, JsonTypeInfo<T> type)
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = "application/json";
        await JsonSerializer.SerializeAsync(context.Response.Body, view, type, context.RequestAborted);
    }

    [GeneratedRegex(@"\A[0-9a-z]([0-9a-z-]{0,61}[0-9a-z])?\z")]
    private static partial Regex UidForm();
}
