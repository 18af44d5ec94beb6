namespace ControlPlane.Operator.Status;

/// <summary>What was heard of so many keys of late; the one that was set longest ago goes first. For what may be forgotten: it is gone with the process.</summary>
internal sealed class RecentValues<TValue>(int capacity)
{
    private readonly Lock gate = new();
    private readonly Dictionary<string, LinkedListNode<(string Key, TValue Value)>> known = [];
    private readonly LinkedList<(string Key, TValue Value)> order = [];

    public bool TryGet(string key, out TValue value)
    {
        lock (gate)
        {
            var found = known.TryGetValue(key, out var node);
            value = found ? node!.Value.Value : default!;
            return found;
        }
    }

    public void Set(string key, TValue value) => Set(key, _ => value, value);

    /// <summary>Sets what is made of the value that is known, or the first one where none is.</summary>
    public void Set(string key, Func<TValue, TValue> next, TValue first)
    {
        lock (gate)
        {
            if (known.Remove(key, out var former))
                order.Remove(former);
            known[key] = order.AddLast((key, former is null ? first : next(former.Value.Value)));
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

    /// <summary>Forgets all whose key begins so.</summary>
    public void ForgetAll(string prefix)
    {
        lock (gate)
        {
            foreach (var (key, node) in known.Where(one => one.Key.StartsWith(prefix, StringComparison.Ordinal)).ToList())
            {
                known.Remove(key);
                order.Remove(node);
            }
        }
    }
}
