namespace ControlPlane.Storage;

/// <summary>One place in a store, below a prefix of its bucket: every request goes through here, so that each has its watch and each trouble its words.</summary>
/// <param name="prefix">The prefix, without slashes at its ends; empty for none.</param>
/// <param name="stallTimeout">How long a request may go without a byte moving.</param>
/// <param name="pace">Says when the next bytes may be sent; null for as fast as they go.</param>
/// <param name="time">The clock.</param>
internal abstract class StoreConnection(string prefix, TimeSpan stallTimeout, UploadPace? pace, TimeProvider time)
{
    private readonly string keyPrefix = prefix.Length == 0 ? "" : prefix + "/";

    public TimeProvider Time => time;

    public DateTimeOffset Now => time.GetUtcNow();

    /// <summary>The key as the bucket knows it.</summary>
    public string Full(string key) => keyPrefix + key;

    /// <summary>The key as callers know it.</summary>
    public string Relative(string fullKey) => fullKey[keyPrefix.Length..];

    /// <summary>Begins to watch a request that is yet to be sent.</summary>
    public StallWatch Watch(CancellationToken cancellationToken) => new(stallTimeout, time, cancellationToken, pace);

    /// <summary>Begins to watch a request that may think for longer, or must not.</summary>
    public StallWatch Watch(TimeSpan limit, CancellationToken cancellationToken) => new(limit, time, cancellationToken);

    /// <summary>Sends a request of no length worth speaking of.</summary>
    public async Task<T> SendAsync<T>(string what, Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        using var watch = Watch(cancellationToken);
        return await SendAsync(what, watch, send, cancellationToken);
    }

    /// <summary>Sends a request under its watch.</summary>
    public async Task<T> SendAsync<T>(
        string what, StallWatch watch, Func<CancellationToken, Task<T>> send, CancellationToken cancellationToken)
    {
        try
        {
            return await send(watch.Token);
        }
        catch (Exception trouble) when (Translate(what, trouble, watch) is { } fault)
        {
            throw fault;
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            // Whatever form a library gave to it: the caller gave up, and hears of it by its own token.
            cancellationToken.ThrowIfCancellationRequested();
            throw;
        }
    }

    /// <summary>The fault that something thrown stands for, or null when it is none of the store's.</summary>
    public abstract ObjectStoreException? Translate(string what, Exception trouble, StallWatch watch);
}
