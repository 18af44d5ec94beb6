using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Watching;

namespace ControlPlane.Operator.Status;

/// <summary>
/// The newest version of resources that this silo has written or its watch has brought, so that a status need not be preceded by a look. A version is of one UID only:
/// of a namesake it would be refused. Bounded, and gone with the process: forgetting costs a look.
/// </summary>
internal sealed class SeenVersions
{
    // Some hundred and fifty bytes each: some megabytes.
    private const int Most = 20_000;

    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<Seen>> known = [];
    private readonly LinkedList<Seen> order = [];

    /// <summary>How a resource is called here.</summary>
    public static string Key(MemberKey member, string @namespace, string plural, string name, string uid) => $"{member.Name}/{@namespace}/{plural}/{name}/{uid}";

    /// <summary>The newest version; null when none is known.</summary>
    /// <param name="key">The resource.</param>
    /// <param name="watched">Whether it counts only if the watch of this silo brings what others write.</param>
    public string? Find(string key, bool watched)
    {
        lock (gate)
            return known.TryGetValue(key, out var node) && (node.Value.Watched || !watched) ? node.Value.Version : null;
    }

    /// <summary>Takes a version that was written, or brought by a watch; an older one than is known says nothing.</summary>
    public void Take(string key, string version, bool watched)
    {
        lock (gate)
        {
            if (known.Remove(key, out var former))
            {
                order.Remove(former);
                if (version != former.Value.Version && ResourceVersions.IsNoNewer(version, former.Value.Version))
                    (version, watched) = (former.Value.Version, former.Value.Watched);
                watched |= version == former.Value.Version && former.Value.Watched;
            }

            known[key] = order.AddLast(new Seen(key, version, watched));
            if (known.Count <= Most)
                return;
            known.Remove(order.First!.Value.Key);
            order.RemoveFirst();
        }
    }

    /// <summary>What is known is out of date.</summary>
    public void Forget(string key)
    {
        lock (gate)
        {
            if (known.Remove(key, out var node))
                order.Remove(node);
        }
    }

    private sealed record Seen(string Key, string Version, bool Watched);
}
