using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Resources;
using k8s.Models;

namespace ControlPlane.Operator.Status;

/// <summary>The Kubernetes Event of something that happened. The same happening, the same name: said twice, it is there once.</summary>
internal static class EventBuilder
{
    private const string Reporter = ApiGroup.Name + "/plane";

    // Where the events of what lives in no namespace may be: before 1.22 here alone. `kubectl describe` finds them in any.
    private const string OfNone = "kube-system";

    private const int NoteBytes = 1024;
    private const int InstanceLimit = 128;

    public static Eventsv1Event Build(ResourceEvent happened, string instance) => new()
    {
        Metadata = new() { Name = Name(happened), NamespaceProperty = happened.Namespace.Length > 0 ? happened.Namespace : OfNone },
        Type = happened.Warning ? "Warning" : "Normal",
        Reason = happened.Reason,
        Action = happened.Action,
        Note = Note(happened.Message),
        EventTime = WithFraction(happened.Time.UtcDateTime),
        ReportingController = Reporter,
        ReportingInstance = instance[..Math.Min(instance.Length, InstanceLimit)],
        Regarding = new() { ApiVersion = happened.ApiVersion ?? ApiGroup.ApiVersion, Kind = happened.Kind, NamespaceProperty = happened.Namespace.Length > 0 ? happened.Namespace : null, Name = happened.Name, Uid = happened.Uid },
    };

    // The API server counts bytes.
    private static string Note(string message)
    {
        var note = StatusText.Cut(message, NoteBytes);
        while (Encoding.UTF8.GetByteCount(note) is > NoteBytes and var bytes)
            note = StatusText.Cut(message, note.Length - Math.Max(1, (bytes - NoteBytes) / 4));
        return note;
    }

    // The client leaves out a fraction of zero, and the API server demands one.
    private static DateTime WithFraction(DateTime time) =>
        time.Ticks % TimeSpan.TicksPerSecond < TimeSpan.TicksPerMillisecond ? time.AddTicks(TimeSpan.TicksPerMillisecond) : time;

    private static string Name(ResourceEvent happened)
    {
        var time = happened.Time.UtcDateTime.ToString("O", CultureInfo.InvariantCulture);
        var said = string.Join('\n', happened.Uid, happened.Reason, happened.Action, time, happened.Message);
        var digest = Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(said)))[..16];
        var readable = happened.Name[..Math.Min(happened.Name.Length, Rfc1123.MaximumSubdomain - digest.Length - 1)].TrimEnd('-', '.');
        return $"{readable}.{digest}";
    }
}
