using System.Text.Json;
using System.Xml;
using System.Xml.Linq;

namespace ControlPlane.Storage;

/// <summary>What an answer says is wrong: JSON from the one API, XML from the other, or nothing that can be read.</summary>
/// <param name="Code">One word: a reason of the JSON API, a code of the XML API; empty for none.</param>
/// <param name="Words">For people.</param>
internal sealed record GcsError(string Code, string Words)
{
    public static GcsError Parse(string body)
    {
        string text = body.TrimStart();
        try
        {
            return text.StartsWith('{') ? Json(text) : text.StartsWith('<') ? Xml(text) : new("", text);
        }
        catch (Exception trouble) when (trouble is JsonException or XmlException)
        {
            return new("", "");
        }
    }

    private static GcsError Json(string text)
    {
        var error = JsonSerializer.Deserialize(text, GcsJson.Default.GcsErrorAnswer)?.Error;
        return new(error?.Errors is [var first, ..] ? first.Reason ?? "" : "", error?.Message ?? "");
    }

    private static GcsError Xml(string text)
    {
        var error = XDocument.Parse(text).Root;
        string words = (string?)error?.Element("Message") ?? "";
        return new((string?)error?.Element("Code") ?? "", (string?)error?.Element("Details") is { Length: > 0 } details ? $"{words.TrimEnd('.')}: {details}" : words);
    }
}
