using System.Globalization;
using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>What the API server wrote down of the requests of service accounts of ours: <c>devcluster/audit.yaml</c>.</summary>
internal static class AuditLog
{
    /// <summary>The requests that came within a time.</summary>
    internal static async Task<IReadOnlyList<AuditedRequest>> ReadAsync(DevEnvironment environment, DateTimeOffset from, DateTimeOffset to)
    {
        var path = Path.Combine(environment.Cache, "run", "log", "audit.log");
        Assert.True(File.Exists(path), "The API server keeps no audit log: it was started before it had one. `./dev down`, and `./dev up`.");
        var found = new Dictionary<string, AuditedRequest>();
        using var reader = new StreamReader(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite));
        while (await reader.ReadLineAsync(TestContext.Current.CancellationToken) is { } line)
        {
            var entry = JsonNode.Parse(line)!;
            var at = DateTimeOffset.Parse((string)entry["requestReceivedTimestamp"]!, CultureInfo.InvariantCulture);
            if (at < from || at > to)
                continue;
            var what = entry["objectRef"];
            var resource = (string?)what?["resource"] ?? (string)entry["requestURI"]!;
            found[(string)entry["auditID"]!] = new(
                at, (string)entry["user"]!["username"]!, (string)entry["verb"]!, (string?)what?["subresource"] is { } part ? $"{resource}/{part}" : resource, (int?)entry["responseStatus"]?["code"] ?? 0, (string?)what?["name"] ?? "");
        }

        return [.. found.Values.OrderBy(request => request.At)];
    }
}

/// <summary>One request.</summary>
internal sealed record AuditedRequest(DateTimeOffset At, string User, string Verb, string Resource, int Code, string Name)
{
    /// <summary>Whose it was: a silo's, or a runner's in an owner's namespace.</summary>
    internal string Who => User.StartsWith($"system:serviceaccount:{Plane.Namespace}:", StringComparison.Ordinal) ? "plane" : "runner";
}
