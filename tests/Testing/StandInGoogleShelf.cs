using ControlPlane.Storage;

namespace ControlPlane.Testing;

/// <summary>The objects of the stand-in's bucket, in the order in which the service lists them.</summary>
internal sealed class StandInGoogleShelf
{
    private readonly Lock gate = new();
    private readonly SortedDictionary<string, (byte[] Content, DateTimeOffset Updated)> objects = new(ObjectKeys.Order);

    public byte[]? Find(string name)
    {
        lock (gate)
        {
            return objects.GetValueOrDefault(name).Content;
        }
    }

    /// <summary>Puts an object, unless it may only be new and is not.</summary>
    public bool Put(string name, byte[] content, bool onlyNew)
    {
        lock (gate)
        {
            if (onlyNew && objects.ContainsKey(name))
            {
                return false;
            }

            objects[name] = (content, TimeProvider.System.GetUtcNow());
            return true;
        }
    }

    public bool Remove(string name)
    {
        lock (gate)
        {
            return objects.Remove(name);
        }
    }

    /// <summary>Those of a prefix after a name.</summary>
    public IReadOnlyList<(string Name, int Size, DateTimeOffset Updated)> List(string prefix, string after, int most)
    {
        lock (gate)
        {
            return
            [
                .. objects.Where(entry => entry.Key.StartsWith(prefix, StringComparison.Ordinal) && (after.Length == 0 || ObjectKeys.Order.Compare(entry.Key, after) > 0))
                    .Take(most)
                    .Select(entry => (entry.Key, entry.Value.Content.Length, entry.Value.Updated)),
            ];
        }
    }
}
