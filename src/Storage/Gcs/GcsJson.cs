using System.Text.Json.Serialization;

namespace ControlPlane.Storage;

/// <summary>What is sent when an object is begun: the service refuses it unless the bytes that follow have this checksum.</summary>
internal sealed record GcsObjectToBe(string Name, string ContentType, string Crc32c);

/// <summary>One page of a listing.</summary>
internal sealed record GcsPage(IReadOnlyList<GcsListedObject>? Items, string? NextPageToken);

/// <summary>What the service says of an object, as far as it was asked for. The length is a number in quotes there.</summary>
internal sealed record GcsListedObject(
    string Name, [property: JsonNumberHandling(JsonNumberHandling.AllowReadingFromString)] long Size, DateTimeOffset? Updated, string? Crc32c);

/// <summary>Until when an object is kept by its bucket's retention policy or its own.</summary>
internal sealed record GcsRetention(DateTimeOffset? RetentionExpirationTime);

/// <summary>What the JSON API says of an error.</summary>
internal sealed record GcsErrorAnswer(GcsErrorBody? Error);

/// <summary>The error itself.</summary>
internal sealed record GcsErrorBody(string? Message, IReadOnlyList<GcsErrorDetail>? Errors);

/// <summary>One of its reasons.</summary>
internal sealed record GcsErrorDetail(string? Reason);

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase)]
[JsonSerializable(typeof(GcsObjectToBe))]
[JsonSerializable(typeof(GcsPage))]
[JsonSerializable(typeof(GcsListedObject))]
[JsonSerializable(typeof(GcsRetention))]
[JsonSerializable(typeof(GcsErrorAnswer))]
internal sealed partial class GcsJson : JsonSerializerContext;
