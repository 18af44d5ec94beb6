using ControlPlane.Operator.Policies;

namespace ControlPlane.Operator.Protection;

/// <summary>What clusters take from policies and which these are, each list once: most clusters of a fleet have the same. What no cluster has any more goes.</summary>
internal sealed class SharedNotes
{
    private readonly Dictionary<string, Shared> lists = new(StringComparer.Ordinal);

    public int Count => lists.Count;

    /// <summary>The same note with lists that others have too. To be given back with <see cref="Release"/>.</summary>
    public ClusterNote Share(ClusterNote note)
    {
        if (note.Policies.Count == 0)
            return note;
        var key = KeyOf(note);
        if (!lists.TryGetValue(key, out var shared))
            lists[key] = shared = new(note.Policies, note.Parts);
        shared.Users++;
        return note with { Policies = shared.Policies, Parts = shared.Parts };
    }

    public void Release(ClusterNote note)
    {
        if (note.Policies.Count > 0 && lists.TryGetValue(KeyOf(note), out var shared) && --shared.Users == 0)
            lists.Remove(KeyOf(note));
    }

    // Neither name may have a line break or a slash.
    private static string KeyOf(ClusterNote note) => $"{string.Join('/', note.Policies)}\n{string.Join('\n', note.Parts.Select(part => $"{part.Policy}/{part.Part}"))}";

    private sealed class Shared(IReadOnlyList<string> policies, IReadOnlyList<PolicyPart> parts)
    {
        public IReadOnlyList<string> Policies { get; } = policies;

        public IReadOnlyList<PolicyPart> Parts { get; } = parts;

        public int Users { get; set; }
    }
}
