using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// What a watch knows to exist: name, UID and version, so that a repeat is told from news and what vanished while nobody looked is
/// found. Not the documents: ten thousand backups are a few megabytes. For one thread at a time.
/// </summary>
internal sealed class KnownResources
{
    private readonly Dictionary<(string Namespace, string Name), KnownResource> known = [];

    public int Count => known.Count;

    /// <summary>
    /// Takes a resource. Says whether it, or what is to be remembered of it, is news, and what was known before: a namesake of another UID must have gone in between.
    /// </summary>
    public (bool News, KnownResource? Before) Take(ResourceHeader header, string? remembered)
    {
        var key = (header.Namespace, header.Name);
        var before = known.GetValueOrDefault(key);
        if (before?.Uid == header.Uid && before.Version == header.ResourceVersion && before.Remembered == remembered)
            return (false, before);
        known[key] = new(header.Namespace, header.Name, header.Uid, header.ResourceVersion, remembered);
        return (true, before);
    }

    /// <summary>Forgets a resource that was deleted; null when it was not known, or is another one by now.</summary>
    public KnownResource? Forget(string @namespace, string name, string uid) =>
        known.TryGetValue((@namespace, name), out var resource) && resource.Uid == uid && known.Remove((@namespace, name)) ? resource : null;

    /// <summary>Forgets whatever a complete list did not have.</summary>
    public IReadOnlyList<KnownResource> ForgetOthers(IReadOnlySet<(string Namespace, string Name)> listed)
    {
        var gone = known.Where(entry => !listed.Contains(entry.Key)).Select(entry => entry.Value).ToList();
        foreach (var resource in gone)
            known.Remove((resource.Namespace, resource.Name));
        return gone;
    }
}

/// <summary>One resource that is known.</summary>
internal sealed record KnownResource(string Namespace, string Name, string Uid, string Version, string? Remembered);
