using ControlPlane.Abstractions.Members;

namespace ControlPlane.Abstractions;

/// <summary>The one form of the keys of all resources, <c>member/namespace/name</c>: as grain keys, in logs and in stored documents.</summary>
internal static class ResourceKeys
{
    public static string Write(MemberKey member, string @namespace, string name) => $"{member.Name}/{@namespace}/{name}";

    /// <summary>The parts of a key.</summary>
    /// <param name="key">The text.</param>
    /// <param name="kind">What it is to be a key of, for the message.</param>
    public static (MemberKey Member, string Namespace, string Name) Read(string key, string kind) =>
        key.Split('/') is [var member, var @namespace, var name]
            ? (new(member), @namespace, name)
            : throw new FormatException($"'{key}' is no key of a {kind}: expected member/namespace/name.");
}
