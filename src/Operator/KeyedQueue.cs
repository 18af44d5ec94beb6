using System.Threading.Channels;

namespace ControlPlane.Operator;

/// <summary>
/// Work in the background, one at a time for each key. What is asked again while it waits replaces what waited: the newest word counts,
/// so the queue is never longer than there are keys.
/// </summary>
internal sealed class KeyedQueue<TKey, TWork>
    where TKey : notnull
{
    private readonly Lock gate = new();
    private readonly Dictionary<TKey, TWork> waiting = [];
    private readonly HashSet<TKey> active = [];
    private readonly Channel<TKey> due = Channel.CreateUnbounded<TKey>();

    public void Add(TKey key, TWork work)
    {
        lock (gate)
        {
            var known = waiting.ContainsKey(key);
            waiting[key] = work;
            if (!known && !active.Contains(key))
                due.Writer.TryWrite(key);
        }
    }

    /// <summary>Works until it is told to stop. <paramref name="work"/> must not throw.</summary>
    public Task RunAsync(int workers, Func<TKey, TWork, CancellationToken, Task> work, CancellationToken cancellationToken) =>
        Parallel.ForEachAsync(
            due.Reader.ReadAllAsync(cancellationToken),
            new ParallelOptions { MaxDegreeOfParallelism = workers, CancellationToken = cancellationToken },
            async (key, token) =>
            {
                var taken = Take(key);
                try
                {
                    await work(key, taken, token);
                }
                finally
                {
                    Return(key);
                }
            });

    private TWork Take(TKey key)
    {
        lock (gate)
        {
            active.Add(key);
            waiting.Remove(key, out var work);
            return work!;
        }
    }

    private void Return(TKey key)
    {
        lock (gate)
        {
            active.Remove(key);
            if (waiting.ContainsKey(key))
                due.Writer.TryWrite(key);
        }
    }
}
