namespace ControlPlane.Operator.Status;

/// <summary>
/// Remembers what was written last, so that the same is not written again. Bounded, and gone with the process: forgetting costs a write
/// that changes nothing.
/// </summary>
internal sealed class RecentWrites(int capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, string Digest)>> known = [];
    private readonly LinkedList<(string Key, string Digest)> order = [];

    public bool IsRepeat(string key, string digest)
    {
        lock (gate)
            return known.TryGetValue(key, out var node) && node.Value.Digest == digest;
    }

    public void Remember(string key, string digest)
    {
        lock (gate)
        {
            if (known.Remove(key, out var former))
                order.Remove(former);
            known[key] = order.AddLast((key, digest));
            if (known.Count <= capacity)
                return;
            known.Remove(order.First!.Value.Key);
            order.RemoveFirst();
        }
    }

    public void Forget(string key)
    {
        lock (gate)
        {
            if (known.Remove(key, out var node))
                order.Remove(node);
        }
    }
}
