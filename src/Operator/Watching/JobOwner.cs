using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>Whose a Job or its Pod is, as its labels and annotations say: short enough to be remembered of each.</summary>
internal static class JobOwner
{
    /// <summary>The backup's name and UID; null when the labels are none of ours.</summary>
    public static string? Write(ResourceHeader header) =>
        header.Annotations.TryGetValue(ApiGroup.Annotations.Backup, out var name) && Rfc1123.IsSubdomain(name)
        && header.Labels.TryGetValue(ApiGroup.Labels.Uid, out var uid) && uid.Length > 0
            ? $"{name} {uid}"
            : null;

    /// <summary>The backup, and its UID.</summary>
    public static (BackupKey Backup, string Uid)? Read(MemberKey member, string @namespace, string? text) =>
        text?.Split(' ') is [var name, var uid] ? (new(member, @namespace, name), uid) : null;
}
