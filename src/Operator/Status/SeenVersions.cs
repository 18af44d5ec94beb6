using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Watching;

namespace ControlPlane.Operator.Status;

/// <summary>
/// The newest version of resources that this silo has written or its watch has brought, so that a status need not be preceded by a look. A version is of one UID only:
/// of a namesake it would be refused. Forgetting costs a look.
/// </summary>
internal sealed class SeenVersions
{
    // Some hundred and fifty bytes each: some megabytes.
    private readonly RecentValues<Seen> known = new(20_000);

    /// <summary>How a resource is called here.</summary>
    public static string Key(MemberKey member, string @namespace, string plural, string name, string uid) => $"{member.Name}/{@namespace}/{plural}/{name}/{uid}";

    /// <summary>The newest version; null when none is known.</summary>
    /// <param name="key">The resource.</param>
    /// <param name="watched">Whether it counts only if the watch of this silo has brought it: where others write too, what was written last is soon out of date.</param>
    public string? Find(string key, bool watched) => known.TryGet(key, out var seen) && (seen.CaughtUp || !watched) ? seen.Version : null;

    /// <summary>Whether the resource was brought by a watch of this silo that goes on, and has not told that it is gone.</summary>
    public bool IsThere(string key) => known.TryGet(key, out var seen) && seen.Brought;

    /// <summary>Takes a version that was written, or brought by a watch; an older one than is known says nothing.</summary>
    public void Take(string key, string version, bool watched)
    {
        var taken = new Seen(version, watched, watched);
        known.Set(key, former => former.Newer(taken), taken);
    }

    /// <summary>Takes what a watch brought of a resource of this kind.</summary>
    public void Note(string plural, ResourceChange change)
    {
        var key = Key(change.Member, change.Namespace, plural, change.Name, change.Uid);
        if (change.Resource is { } resource)
            Take(key, resource.Header.ResourceVersion, watched: true);
        else
            Forget(key);
    }

    /// <summary>What is known is out of date.</summary>
    public void Forget(string key) => known.Forget(key);

    /// <summary>A watch of a member ended: what others write there is not brought any more.</summary>
    public void Forget(MemberKey member) => known.ForgetAll($"{member.Name}/");

    // Caught up: the watch has brought this very version. Brought: it has brought this one or an earlier one.
    private readonly record struct Seen(string Version, bool CaughtUp, bool Brought)
    {
        public Seen Newer(Seen other)
        {
            var brought = Brought || other.Brought;
            return other.Version == Version ? new(Version, CaughtUp || other.CaughtUp, brought)
                : ResourceVersions.IsNoNewer(other.Version, Version) ? this with { Brought = brought }
                : other with { Brought = brought };
        }
    }
}
