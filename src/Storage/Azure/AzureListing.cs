using System.Runtime.CompilerServices;
using Azure.Storage.Blobs.Models;

namespace ControlPlane.Storage;

/// <summary>A container's listing, page by page, each page a request with its own watch.</summary>
internal static class AzureListing
{
    // What an account with a hierarchical namespace shows for a folder.
    private const string FolderMark = "hdi_isfolder";

    /// <summary>All entries under a prefix, unfinished uploads included where they are asked for.</summary>
    public static async IAsyncEnumerable<IReadOnlyList<BlobItem>> PagesAsync(
        AzureConnection connection, string prefix, BlobStates states, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        string? continuation = null;
        do
        {
            var page = await connection.SendAsync(
                $"list '{prefix}'",
                async token =>
                {
                    var options = new GetBlobsOptions { Traits = BlobTraits.Metadata, States = states, Prefix = connection.Full(prefix) };
                    var pages = connection.Container.GetBlobsAsync(options, token).AsPages(continuation, connection.Settings.PageSize);
                    await foreach (var first in pages)
                    {
                        return first;
                    }

                    return null;
                },
                cancellationToken);
            yield return [.. (page?.Values ?? []).Where(entry => !IsFolder(entry))];
            continuation = page?.ContinuationToken;
        }
        while (!string.IsNullOrEmpty(continuation));
    }

    /// <summary>
    /// The objects in the order of the bytes of their keys. The service's own order differs from it only for letters beyond U+D7FF; from the
    /// page on where the first of these is seen, the rest is sorted here. Our own keys have none.
    /// </summary>
    public static async IAsyncEnumerable<StoredObject> ObjectsAsync(
        AzureConnection connection, string prefix, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        List<StoredObject>? rest = null;
        await foreach (var page in PagesAsync(connection, prefix, BlobStates.None, cancellationToken))
        {
            var objects = page.Select(entry => new StoredObject(
                connection.Relative(entry.Name), entry.Properties.ContentLength ?? 0, entry.Properties.LastModified ?? DateTimeOffset.MaxValue));
            if (rest is null && !page.Any(entry => entry.Name.Any(letter => letter > '\uD7FF')))
            {
                foreach (var found in objects)
                {
                    yield return found;
                }
            }
            else
            {
                (rest ??= []).AddRange(objects);
            }
        }

        foreach (var found in (rest ?? []).OrderBy(found => found.Key, ObjectKeys.Order))
        {
            yield return found;
        }
    }

    private static bool IsFolder(BlobItem entry) =>
        entry.Metadata is { } metadata && metadata.TryGetValue(FolderMark, out string? value) && value == "true";
}
