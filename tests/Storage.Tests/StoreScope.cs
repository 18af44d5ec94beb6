namespace ControlPlane.Storage.Tests;

/// <summary>Shorthands of the suite: what tests do to a store over and over.</summary>
internal static class StoreScope
{
    public static byte[] RandomBytes(int length, int seed = 1)
    {
        var bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static Task PutAsync(this IObjectStore store, string key, string content = "x") =>
        store.PutAsync(key, System.Text.Encoding.UTF8.GetBytes(content), PutCondition.None, TestContext.Current.CancellationToken);

    public static async Task<byte[]> ReadAsync(this IObjectStore store, string key, long offset = 0)
    {
        await using var stream = await store.OpenAsync(key, offset, TestContext.Current.CancellationToken);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
        return copy.ToArray();
    }

    public static async Task<byte[]> ReadRangeAsync(this IObjectStore store, string key, long offset, long length)
    {
        await using var stream = await store.OpenRangeAsync(key, offset, length, TestContext.Current.CancellationToken);
        using var copy = new MemoryStream();
        await stream.CopyToAsync(copy, TestContext.Current.CancellationToken);
        return copy.ToArray();
    }

    public static async Task<List<string>> KeysAsync(this IObjectStore store, string prefix = "")
    {
        var keys = new List<string>();
        await foreach (var found in store.ListAsync(prefix, TestContext.Current.CancellationToken))
        {
            keys.Add(found.Key);
        }

        return keys;
    }

    public static async Task<List<(string Key, long SizeBytes)>> SizesAsync(this IObjectStore store, string prefix = "") =>
        [.. (await store.ListAsync(prefix, TestContext.Current.CancellationToken).ToListAsync()).Select(found => (found.Key, found.SizeBytes))];

    public static async Task<ObjectStoreException> AssertFaultAsync(ObjectStoreFault fault, Func<Task> act)
    {
        var trouble = await Assert.ThrowsAsync<ObjectStoreException>(act);
        Assert.True(trouble.Fault == fault, $"expected {fault}, got {trouble.Fault}: {trouble}");
        return trouble;
    }

    /// <summary>Takes away all that a test left under its prefix.</summary>
    public static async Task ClearAsync(this IObjectStore store)
    {
        await store.DeleteAsync(await store.KeysAsync(), CancellationToken.None);
        await store.AbandonUploadsAsync("", CancellationToken.None);
    }
}
