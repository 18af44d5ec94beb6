using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Agent;

/// <summary>Lets a request through or not, and never says why not.</summary>
internal sealed class TicketGate(AgentSettings settings, AgentSecrets secrets, TimeProvider time)
{
    private const int LongestTicket = 4096;

    /// <summary>The status to answer with, or null when the request may pass.</summary>
    internal async Task<int?> RefuseAsync(HttpRequest request, TicketOperation operation, string uid)
    {
        var header = request.Headers.Authorization;
        const string start = AgentApi.AuthorizationScheme + " ";
        if (header is not [{ Length: <= LongestTicket } text] || !text.StartsWith(start, StringComparison.Ordinal))
            return StatusCodes.Status401Unauthorized;

        var ticket = await Ticket.ReadAsync(text[start.Length..], secrets.TicketKeys(), settings.Namespace, settings.Cluster, time.GetUtcNow());
        if (ticket is null)
            return StatusCodes.Status401Unauthorized;
        return ticket.Operation == operation && ticket.Uid == uid ? null : StatusCodes.Status403Forbidden;
    }
}
