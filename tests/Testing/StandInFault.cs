using System.Net;

namespace ControlPlane.Testing;

/// <summary>What a <see cref="StandInFaultyProxy"/> does to a request instead of, or besides, passing it on.</summary>
public sealed record StandInFault
{
    private StandInFault()
    {
    }

    /// <summary>503 <c>SlowDown</c>, as an overloaded store says it.</summary>
    public static StandInFault SlowDown { get; } = Answer(HttpStatusCode.ServiceUnavailable, "SlowDown", "Please reduce your request rate.");

    /// <summary>The request is taken in part and never answered.</summary>
    public static StandInFault Stall { get; } = new() { Kind = StandInFaultKind.Stall };

    /// <summary>The connection is cut while the request's body is read.</summary>
    public static StandInFault ResetInRequest { get; } = new() { Kind = StandInFaultKind.ResetInRequest };

    /// <summary>The request is passed on and done; the connection is cut instead of the answer.</summary>
    public static StandInFault LoseReply { get; } = new() { Kind = StandInFaultKind.LoseReply };

    /// <summary>The connection is cut in the middle of the answer's body.</summary>
    public static StandInFault ResetInResponse { get; } = new() { Kind = StandInFaultKind.ResetInResponse };

    /// <summary>The answer stops in the middle of its body, and the connection stays.</summary>
    public static StandInFault StallInResponse { get; } = new() { Kind = StandInFaultKind.StallInResponse };

    /// <summary>One bit of the request's body is turned over on its way.</summary>
    public static StandInFault Corrupt { get; } = new() { Kind = StandInFaultKind.Corrupt };

    internal StandInFaultKind Kind { get; private init; }

    internal int Status { get; private init; }

    internal string Body { get; private init; } = "";

    /// <summary>An answer of the proxy's own.</summary>
    public static StandInFault Answer(HttpStatusCode status, string code, string message = "") => new()
    {
        Kind = StandInFaultKind.Answer,
        Status = (int)status,
        Body = $"<?xml version=\"1.0\" encoding=\"UTF-8\"?><Error><Code>{code}</Code><Message>{WebUtility.HtmlEncode(message)}</Message></Error>",
    };
}

internal enum StandInFaultKind
{
    Answer,
    Stall,
    ResetInRequest,
    LoseReply,
    ResetInResponse,
    StallInResponse,
    Corrupt,
}

/// <summary>A request as the proxy saw it.</summary>
/// <param name="Method">The method.</param>
/// <param name="Target">Path and query as they were sent.</param>
/// <param name="Headers">The headers; names in any case.</param>
public sealed record StandInRequest(string Method, string Target, IReadOnlyDictionary<string, string> Headers)
{
    /// <summary>Whether it sends a part.</summary>
    public bool IsPart => Method == "PUT" && Target.Contains("partNumber=", StringComparison.Ordinal);

    /// <summary>Whether it completes an upload.</summary>
    public bool IsComplete => Method == "POST" && Target.Contains("uploadId=", StringComparison.Ordinal);

    /// <summary>Whether it begins an upload.</summary>
    public bool IsBegin => Method == "POST" && Target.Contains("uploads", StringComparison.Ordinal);

    /// <summary>Whether it writes a whole object.</summary>
    public bool IsPut => Method == "PUT" && !IsPart;
}
