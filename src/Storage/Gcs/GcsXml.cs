using System.Globalization;
using System.Xml;
using System.Xml.Linq;

namespace ControlPlane.Storage;

/// <summary>The answers of the XML API, whatever namespace they are in.</summary>
internal static class GcsXml
{
    /// <summary>The outermost element, or null where there is none that can be read.</summary>
    public static XElement? Parse(string text)
    {
        try
        {
            return XDocument.Parse(text).Root;
        }
        catch (XmlException)
        {
            return null;
        }
    }

    public static IEnumerable<XElement> All(XElement parent, string name) => parent.Elements().Where(element => element.Name.LocalName == name);

    /// <summary>The text of an element, empty where it is absent.</summary>
    public static string Text(XElement parent, string name) => All(parent, name).FirstOrDefault()?.Value ?? "";

    /// <summary>The instant that stands in an element; null where there is none that can be read.</summary>
    public static DateTimeOffset? Time(XElement parent, string name) =>
        DateTimeOffset.TryParse(Text(parent, name), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var time) ? time : null;
}
