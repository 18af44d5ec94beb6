using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace ControlPlane.Storage;

/// <summary>
/// A bucket of Google Cloud Storage through its JSON API, with an access token. Whole objects go through resumable sessions, objects in
/// parts through <see cref="GcsUpload"/>. Of Google's libraries only that for tokens is used: see decision 0004.
/// </summary>
internal sealed class GcsObjectStore(GcsStoreSettings settings, TimeProvider time) : IObjectStore, IDisposable
{
    private const int DeletedSideBySide = 8;

    private readonly GcsConnection connection = new(settings, time);

    public string Location => connection.Location;

    public async Task PutAsync(string key, ReadOnlyMemory<byte> content, PutCondition condition, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        await new GcsSession(connection, key, content).PutAsync(condition, cancellationToken);
    }

    public async Task<IObjectUpload> BeginUploadAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        return await GcsUpload.BeginAsync(connection, key, cancellationToken);
    }

    public async Task<ObjectFacts> LookAsync(string key, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        string what = $"look at {key}";
        string answer = await connection.AskAsync(
            what, () => new(HttpMethod.Get, connection.Json($"o/{Escaped(key)}?fields=name,size,crc32c")), cancellationToken);
        try
        {
            var found = JsonSerializer.Deserialize(answer, GcsJson.Default.GcsListedObject)!;
            return new ObjectFacts(found.Size) { Crc32C = found.Crc32c };
        }
        catch (JsonException)
        {
            throw connection.Fault(ObjectStoreFault.Refused, "what the store says of the object cannot be read", what);
        }
    }

    public Task<Stream> OpenAsync(string key, long offset, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        return OpenAsync(key, offset > 0 ? new RangeHeaderValue(offset, null) : null, cancellationToken);
    }

    public Task<Stream> OpenRangeAsync(string key, long offset, long length, CancellationToken cancellationToken)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        return OpenAsync(key, new RangeHeaderValue(offset, offset + length - 1), cancellationToken);
    }

    public async IAsyncEnumerable<StoredObject> ListAsync(
        string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        string first = $"o?fields=items(name,size,updated),nextPageToken&maxResults=1000&prefix={Uri.EscapeDataString(connection.Full(prefix))}";
        for (string? query = first; query is not null;)
        {
            var page = await ListPageAsync(prefix, query, cancellationToken);
            foreach (var entry in page.Items ?? [])
            {
                yield return new StoredObject(connection.Relative(entry.Name), entry.Size, entry.Updated ?? DateTimeOffset.MaxValue);
            }

            query = string.IsNullOrEmpty(page.NextPageToken) ? null : $"{first}&pageToken={Uri.EscapeDataString(page.NextPageToken)}";
        }
    }

    public async Task DeleteAsync(IReadOnlyCollection<string> keys, CancellationToken cancellationToken)
    {
        foreach (string key in keys)
        {
            ObjectKeys.Check(key);
        }

        var options = new ParallelOptions { MaxDegreeOfParallelism = DeletedSideBySide, CancellationToken = cancellationToken };
        await Parallel.ForEachAsync(keys, options, async (key, token) =>
        {
            try
            {
                await connection.AskAsync($"delete {key}", () => new(HttpMethod.Delete, connection.Json($"o/{Escaped(key)}")), token);
            }
            catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
            {
                // Not there counts as removed.
            }
            catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.Locked && trouble.LockedUntil is null)
            {
                throw await WithEndAsync(key, trouble, token);
            }
        });
    }

    public async Task<int> AbandonUploadsAsync(string prefix, Predicate<UnfinishedUpload> which, CancellationToken cancellationToken)
    {
        ObjectKeys.CheckPrefix(prefix);
        return await GcsUpload.AbandonAsync(connection, prefix, which, cancellationToken);
    }

    public void Dispose() => connection.Dispose();

    private async Task<Stream> OpenAsync(string key, RangeHeaderValue? range, CancellationToken cancellationToken)
    {
        ObjectKeys.Check(key);
        string what = $"read {key}";
        using var watch = connection.Watch(cancellationToken);
        try
        {
            var answer = await connection.SendAsync(what, watch, () => Reading(key, range), cancellationToken);
            if (range is not null && answer.StatusCode != HttpStatusCode.PartialContent)
            {
                answer.Dispose();
                throw connection.Fault(ObjectStoreFault.Refused, "the store sent the whole object when a part of it was asked for", what);
            }

            return new WatchedReadStream(connection, what, await answer.Content.ReadAsStreamAsync(cancellationToken), answer);
        }
        catch (ObjectStoreException trouble) when (string.Equals(
            trouble.Code, nameof(HttpStatusCode.RequestedRangeNotSatisfiable), StringComparison.OrdinalIgnoreCase))
        {
            return Stream.Null;
        }
    }

    private HttpRequestMessage Reading(string key, RangeHeaderValue? range)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, connection.Json($"o/{Escaped(key)}?alt=media"));
        request.Headers.Range = range;
        return request;
    }

    private async Task<GcsPage> ListPageAsync(string prefix, string query, CancellationToken cancellationToken)
    {
        string what = $"list '{prefix}'";
        try
        {
            string answer = await connection.AskAsync(what, () => new(HttpMethod.Get, connection.Json(query)), cancellationToken);
            return JsonSerializer.Deserialize(answer, GcsJson.Default.GcsPage)!;
        }
        catch (ObjectStoreException trouble) when (trouble.Fault == ObjectStoreFault.NotFound)
        {
            // A list without objects is an empty page: what is not there is the bucket.
            throw connection.Fault(ObjectStoreFault.NoBucket, $"the bucket {settings.Bucket} does not exist; create it, or correct bucket", what);
        }
        catch (JsonException)
        {
            throw connection.Fault(ObjectStoreFault.Refused, "the store's list cannot be read", what);
        }
    }

    /// <summary>The same fault with the end of the retention, where there is one and the service tells it.</summary>
    private async Task<ObjectStoreException> WithEndAsync(string key, ObjectStoreException trouble, CancellationToken cancellationToken)
    {
        try
        {
            string answer = await connection.AskAsync(
                $"look at {key}", () => new(HttpMethod.Get, connection.Json($"o/{Escaped(key)}?fields=retentionExpirationTime")), cancellationToken);
            return JsonSerializer.Deserialize(answer, GcsJson.Default.GcsRetention)?.RetentionExpirationTime is { } end
                ? ObjectLock.Fault("delete", key, Location, "a retention policy", end)
                : trouble;
        }
        catch (Exception unknown) when (unknown is ObjectStoreException or JsonException)
        {
            return trouble;
        }
    }

    private string Escaped(string key) => Uri.EscapeDataString(connection.Full(key));
}
