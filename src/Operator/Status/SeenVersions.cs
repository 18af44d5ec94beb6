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
    /// <param name="watched">Whether it counts only if the watch of this silo brings what others write.</param>
    public string? Find(string key, bool watched) => known.TryGet(key, out var seen) && (seen.Watched || !watched) ? seen.Version : null;

    /// <summary>Takes a version that was written, or brought by a watch; an older one than is known says nothing.</summary>
    public void Take(string key, string version, bool watched)
    {
        var taken = new Seen(version, watched);
        known.Set(key, former => former.Newer(taken), taken);
    }

    /// <summary>What is known is out of date.</summary>
    public void Forget(string key) => known.Forget(key);

    private readonly record struct Seen(string Version, bool Watched)
    {
        public Seen Newer(Seen other) =>
            other.Version == Version ? new(Version, Watched || other.Watched)
            : ResourceVersions.IsNoNewer(other.Version, Version) ? this
            : other;
    }
}
