using System.Text.Json;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Projection;
using ControlPlane.Operator.Resources;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Watches one kind in one member: lists it, watches on from there, and lists again when the server forgot the place, and now and then
/// anyway. What it hands to the queue is every state that was seen, once, and that a resource is gone, once, however often the
/// connection broke in between.
/// </summary>
internal sealed partial class ResourceWatcher(
    MemberKey member, IResourceHandler handler, ApiReader reader, IChangeSink queue, IWatchObserver observer, WatchOptions options, TimeProvider time, ILogger logger,
    KindProjection? projection = null)
{
    private const int Gone = 410;
    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(500);

    // A watch that lasted this long is no sign of trouble, even if it brought nothing.
    private static readonly TimeSpan Healthy = TimeSpan.FromSeconds(5);

    // The version that the next watch begins after.
    private string place = "";

    // Whether the read model takes all of the list that is being read.
    private bool projectsAll;

    private readonly KnownResources known = new();
    private readonly Backoff backoff = new(ShortestPause, options.LongestPause, Random.Shared);

    /// <summary>Watches until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken cancellationToken)
    {
        handler.Begin(member);
        try
        {
            await handler.ReadyAsync(cancellationToken);
            await ListAndWatchAsync(cancellationToken);
        }
        catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
        {
            // That was the wish.
        }
        finally
        {
            handler.End(member);
        }
    }

    private async Task ListAndWatchAsync(CancellationToken cancellationToken)
    {
        while (!cancellationToken.IsCancellationRequested)
        {
            try
            {
                // Read first: what changes while the list is under way has it done again.
                var (revision, version) = (handler.Revision, handler.Version);
                place = await ListAsync(cancellationToken);
                queue.Listed(member, version);
                await WatchOnAsync(revision, cancellationToken);
            }
            catch (OperationCanceledException) when (cancellationToken.IsCancellationRequested)
            {
                return;
            }
            catch (Exception trouble)
            {
                await PauseAsync(trouble, cancellationToken);
            }
        }
    }

    private async Task<string> ListAsync(CancellationToken cancellationToken)
    {
        var listed = new HashSet<(string Namespace, string Name)>();
        string? version = null, continuation = null;
        projectsAll = projection?.BeginList() ?? false;
        do
        {
            using var page = await ListPageAsync(continuation, cancellationToken);
            if (!page.RootElement.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array)
                throw new JsonException("The API server's answer is no list.");
            foreach (var item in items.EnumerateArray())
            {
                if (ResourceHeader.Read(item) is not { } header)
                    throw new JsonException("The API server's list has an item without a name, UID or version.");
                listed.Add((header.Namespace, header.Name));
                await TakeAsync(header, () => System.Runtime.InteropServices.JsonMarshal.GetRawUtf8Value(item).ToArray(), cancellationToken);
            }
            var metadata = page.RootElement.GetProperty("metadata");
            version = metadata.GetProperty("resourceVersion").GetString();
            continuation = metadata.TryGetProperty("continue", out var token) ? token.GetString() : null;
        }
        while (!string.IsNullOrEmpty(continuation));

        foreach (var resource in known.ForgetOthers(listed))
            await LoseAsync(resource, cancellationToken);
        projection?.EndList();
        projectsAll = false;
        LogListed(handler.Kind, member, known.Count);
        observer.Listed(handler, known.Count);
        return version ?? throw new JsonException("The API server's list has no version.");
    }

    private async Task<JsonDocument> ListPageAsync(string? continuation, CancellationToken cancellationToken)
    {
        using var limit = new CancellationTokenSource(options.ListTimeLimit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token);
        return await reader.ListAsync(options.PageSize, continuation, both.Token);
    }

    // Ends when it is time to list again, when the server forgot the place, or when what is known is to be judged anew.
    private async Task WatchOnAsync(CancellationToken revision, CancellationToken cancellationToken)
    {
        var began = time.GetTimestamp();
        var lasting = Jittered(options.RelistEvery, 0.8, 1.2);
        while (lasting - time.GetElapsedTime(began) is { Ticks: > 0 } left)
        {
            var watchBegan = time.GetTimestamp();
            var asked = Jittered(options.WatchTime, 1, 1.25);
            try
            {
                await WatchOnceAsync(asked < left ? asked : left, revision, cancellationToken);
            }
            catch (OperationCanceledException) when (revision.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
            {
                LogJudgedAnew(handler.Kind, member);
                return;
            }
            catch (ApiRefusalException refusal) when (refusal.Code == Gone)
            {
                LogPlaceForgotten(handler.Kind, member, refusal.Message);
                await Task.Delay(backoff.Next(), time, cancellationToken);
                return;
            }
            catch (Exception trouble) when (IsBroken(trouble, cancellationToken))
            {
                // The place still stands: the next watch begins there, and brings what was missed.
                await PauseAsync(trouble, cancellationToken);
                continue;
            }
            if (time.GetElapsedTime(watchBegan) < Healthy)
                await Task.Delay(backoff.Next(), time, cancellationToken);
        }
    }

    private async Task WatchOnceAsync(TimeSpan asked, CancellationToken revision, CancellationToken cancellationToken)
    {
        // An old server sends nothing while nothing happens: only the time it was asked for tells a quiet watch from a dead one.
        using var limit = new CancellationTokenSource(asked + options.WatchGrace, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken, limit.Token, revision);
        var began = time.GetTimestamp();
        await foreach (var line in reader.WatchAsync(place, asked, both.Token))
        {
            var seen = WatchEvent.Read(line);
            if (seen.Type == WatchEventType.Error)
                throw new ApiRefusalException(seen.Code ?? 0, seen.Message ?? "");
            if (seen.Type == WatchEventType.Malformed)
                LogMalformed(handler.Kind, member, line.Length);
            else
                backoff.Reset();
            observer.Heard(handler, known.Count);

            // A watch only goes forward. What lies behind its place was seen, and may be of something that is gone by now.
            if (seen.Version is { } version && ResourceVersions.IsNoNewer(version, place))
                continue;

            // What is taken must reach the queue: only the end of all ends the waiting for a place in it.
            if (seen is { Type: WatchEventType.Changed, Resource: { } changed })
                await TakeAsync(changed.Header, () => changed.Document, cancellationToken);
            else if (seen is { Type: WatchEventType.Deleted, Resource.Header: var gone } && known.Forget(gone.Namespace, gone.Name, gone.Uid) is { } resource)
                await LoseAsync(resource, cancellationToken);
            place = seen.Version ?? place;
        }
        if (time.GetElapsedTime(began) >= Healthy)
            backoff.Reset();
        observer.Heard(handler, known.Count);
    }

    private async Task TakeAsync(ResourceHeader header, Func<ReadOnlyMemory<byte>> document, CancellationToken cancellationToken)
    {
        var remembered = handler.Remember(member, header);
        var (news, before) = known.Take(header, remembered);
        if (!news && !projectsAll)
            return;
        var text = document();
        if (projection is not null)
            await projection.TakeAsync(FleetRowReader.Read(projection.Kind, header, text), cancellationToken);
        if (!news)
            return;
        if (before is not null && before.Uid != header.Uid)
            await queue.AddAsync(Vanished(before), cancellationToken);
        await queue.AddAsync(
            new()
            {
                Member = member,
                Namespace = header.Namespace,
                Name = header.Name,
                Uid = header.Uid,
                Resource = new(header, text),
                Remembered = remembered,
                Before = before?.Uid == header.Uid ? before.Remembered : null,
            },
            cancellationToken);
    }

    private async Task LoseAsync(KnownResource resource, CancellationToken cancellationToken)
    {
        if (projection is not null)
            await projection.LoseAsync(resource.Namespace, resource.Name, resource.Uid, cancellationToken);
        await queue.AddAsync(Vanished(resource), cancellationToken);
    }

    private ResourceChange Vanished(KnownResource resource) => new()
    {
        Member = member,
        Namespace = resource.Namespace,
        Name = resource.Name,
        Uid = resource.Uid,
        Remembered = resource.Remembered,
    };

    private async Task PauseAsync(Exception trouble, CancellationToken cancellationToken)
    {
        var pause = backoff.Next();
        observer.Broke(handler, trouble);
        LogBroken(handler.Kind, member, trouble.Message, pause);
        try
        {
            await Task.Delay(pause, time, cancellationToken);
        }
        catch (OperationCanceledException)
        {
            // The loop above sees it.
        }
    }

    private static bool IsBroken(Exception trouble, CancellationToken stop) =>
        trouble is HttpRequestException or IOException || trouble is OperationCanceledException && !stop.IsCancellationRequested;

    private static TimeSpan Jittered(TimeSpan length, double least, double most) => length * (least + (most - least) * Random.Shared.NextDouble());

    [LoggerMessage(2111, LogLevel.Information, "Listed {Kind} of member {Member}: {Count}")]
    private partial void LogListed(string kind, MemberKey member, int count);

    [LoggerMessage(2112, LogLevel.Information, "The server forgot where the watch of {Kind} of member {Member} was, so all is listed again: {Message}")]
    private partial void LogPlaceForgotten(string kind, MemberKey member, string message);

    [LoggerMessage(2113, LogLevel.Warning, "A line of {Length} bytes in the watch of {Kind} of member {Member} could not be read and was left out")]
    private partial void LogMalformed(string kind, MemberKey member, int length);

    [LoggerMessage(2115, LogLevel.Information, "All {Kind} of member {Member} are judged anew")]
    private partial void LogJudgedAnew(string kind, MemberKey member);

    [LoggerMessage(2114, LogLevel.Warning, "The watch of {Kind} of member {Member} broke and goes on in {Pause}: {Message}")]
    private partial void LogBroken(string kind, MemberKey member, string message, TimeSpan pause);
}
