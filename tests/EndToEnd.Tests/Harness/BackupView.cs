using System.Text.Json.Nodes;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>A <c>MySQLBackup</c> as the API server shows it.</summary>
internal sealed class BackupView(JsonNode resource)
{
    internal JsonNode Resource => resource;

    internal JsonNode? Status => resource["status"];

    internal string Name => (string)resource["metadata"]!["name"]!;

    internal string Uid => (string)resource["metadata"]!["uid"]!;

    internal string Phase => (string?)Status?["phase"] ?? "";

    internal string Reason => (string?)Status?["reason"] ?? "";

    internal string Message => (string?)Status?["message"] ?? "";

    internal string Source => (string?)Status?["source"] ?? "";

    internal string Destination => (string?)Status?["destination"] ?? "";

    internal JsonArray Attempts => Status?["attempts"]?.AsArray() ?? [];

    internal long BytesRead => (long?)Status?["progress"]?["bytesRead"] ?? 0;

    internal bool IsFinal => Phase is "Succeeded" or "Failed" or "Cancelled";

    /// <summary>The key prefix of its objects, with a slash at its end, read from the destination <c>s3://bucket/prefix/</c>.</summary>
    internal string Prefix => new Uri(Destination).AbsolutePath.TrimStart('/').TrimEnd('/') + "/";

    public override string ToString() => $"{Phase} {Reason}: {Message} ({Attempts.Count} attempts)";
}
