namespace ControlPlane.Operator.Security;

/// <summary>
/// The keys of one purpose: all of them are published and trusted, one of them is used. Looked at again every minute, so that a key that
/// was added or taken away counts without a restart.
/// </summary>
internal sealed class KeyRing<T>(KeyFolder folder, Func<string, T> parse, TimeSpan overlap, TimeProvider time) : IDisposable
    where T : IDisposable
{
    private static readonly TimeSpan LookAgainAfter = TimeSpan.FromMinutes(1);

    private readonly Lock gate = new();
    private readonly Dictionary<string, T> parsed = [];
    private IReadOnlyList<KeyFile> files = [];
    private long looked;

    /// <summary>All keys, oldest first.</summary>
    public IReadOnlyList<T> All
    {
        get
        {
            lock (gate)
                return [.. Look().Select(file => parsed[file.Text])];
        }
    }

    /// <summary>The key to use now.</summary>
    public T Current
    {
        get
        {
            lock (gate)
                return parsed[Choose(Look(), time.GetUtcNow(), overlap).Text];
        }
    }

    /// <summary>The newest key that was published for long enough to be known everywhere; the oldest when none was.</summary>
    internal static KeyFile Choose(IReadOnlyList<KeyFile> files, DateTimeOffset now, TimeSpan overlap) =>
        files.LastOrDefault(file => file.Since + overlap <= now) ?? files[0];

    public void Dispose()
    {
        foreach (var key in parsed.Values)
            key.Dispose();
    }

    private IReadOnlyList<KeyFile> Look()
    {
        if (files.Count > 0 && time.GetElapsedTime(looked) < LookAgainAfter)
            return files;
        var found = folder.Read();

        // A key that was taken away is not disposed of: somebody may be signing with it at this moment.
        foreach (var file in found.Where(file => !parsed.ContainsKey(file.Text)))
            parsed[file.Text] = parse(file.Text);
        (files, looked) = (found, time.GetTimestamp());
        return found;
    }
}
