using System.Text;
using Microsoft.AspNetCore.Http;

namespace ControlPlane.Testing;

/// <summary>What <see cref="StandInGoogleStorage"/> does to a request.</summary>
internal sealed record StandInGoogleFault
{
    /// <summary>An answer instead of doing it.</summary>
    public StandInGoogleAnswer? Instead { get; init; }

    /// <summary>It is done, and the connection cut instead of the answer.</summary>
    public bool LosesReply { get; init; }

    /// <summary>Of the bytes that a session is sent, so many are kept at most; then comes 308.</summary>
    public int? Keeps { get; init; }

    /// <summary>After those that it keeps, the connection is cut or 503 answered.</summary>
    public StandInGoogleAnswer? Then { get; init; }

    /// <summary>After those that it keeps, the connection is cut.</summary>
    public bool ThenCuts { get; init; }

    /// <summary>What else happens just before it is done.</summary>
    public Action? Meanwhile { get; init; }

    /// <summary>One bit of what arrives is another than was sent.</summary>
    public bool Corrupts { get; init; }
}

/// <summary>An answer that ends a call, as the JSON or the XML API would word it.</summary>
internal sealed class StandInGoogleAnswer(int status, string body) : Exception
{
    public int Status { get; } = status;

    public string Body { get; } = body;

    public int? RetryAfterSeconds { get; init; }

    public static StandInGoogleAnswer Json(int status, string reason, string message, int? retryAfterSeconds = null) => new(
        status, System.Text.Json.JsonSerializer.Serialize(new { error = new { code = status, message, errors = new[] { new { message, domain = "global", reason } } } }))
    {
        RetryAfterSeconds = retryAfterSeconds,
    };

    public static StandInGoogleAnswer Xml(int status, string code, string message) =>
        new(status, $"<?xml version='1.0' encoding='UTF-8'?><Error><Code>{code}</Code><Message>{System.Net.WebUtility.HtmlEncode(message)}</Message></Error>");
}

/// <summary>One request while it is served.</summary>
internal sealed class StandInGoogleCall(HttpContext context, StandInRequest request, StandInGoogleFault? fault, CancellationToken cancellationToken)
{
    private readonly string[] target = request.Target.Split('?', 2);

    public HttpContext Context => context;

    public StandInRequest Request => request;

    public StandInGoogleFault? Fault => fault;

    public CancellationToken CancellationToken => cancellationToken;

    public string Method => request.Method;

    /// <summary>As it was sent, escaped.</summary>
    public string Path => target[0];

    public IReadOnlyDictionary<string, string> Query { get; } = (request.Target.Split('?', 2) is [_, var query] ? query : "")
        .Split('&', StringSplitOptions.RemoveEmptyEntries)
        .Select(pair => pair.Split('=', 2))
        .ToDictionary(pair => pair[0], pair => pair.Length > 1 ? Uri.UnescapeDataString(pair[1]) : "");

    public string? Header(string name) => request.Headers.GetValueOrDefault(name);

    public async Task<byte[]> ReadBodyAsync()
    {
        using var copy = new MemoryStream();
        await context.Request.Body.CopyToAsync(copy, cancellationToken);
        byte[] body = copy.ToArray();
        if (fault?.Corrupts == true && body.Length > 0)
        {
            body[body.Length / 2] ^= 1;
        }

        return body;
    }

    public async Task AnswerAsync(int status, string type, byte[] body)
    {
        // A reply that gets lost is not begun.
        if (fault?.LosesReply == true)
        {
            return;
        }

        context.Response.StatusCode = status;
        if (status == 204)
        {
            return;
        }

        context.Response.ContentType = type;
        context.Response.ContentLength = body.Length;
        await context.Response.Body.WriteAsync(body, cancellationToken);
    }

    public Task AnswerAsync(string type, string body, int status = 200) => AnswerAsync(status, type, Encoding.UTF8.GetBytes(body));
}
