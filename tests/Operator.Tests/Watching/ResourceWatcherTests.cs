using ControlPlane.Operator.Members;
using ControlPlane.Operator.Tests.Fixtures;
using k8s;

namespace ControlPlane.Operator.Tests.Watching;

public sealed class ResourceWatcherTests : IAsyncDisposable
{
    private readonly StandInApiServer server = new();
    private readonly RecordingHandler handler = new();

    public ValueTask DisposeAsync() => server.DisposeAsync();

    [Fact]
    public async Task List_OfManyPages_TakesEachOnce()
    {
        for (var i = 0; i < 120; i++)
            server.Put($"thing-{i:D3}");

        await using var watch = RunningWatch.Of(server, handler);
        await handler.UntilAsync(seen => seen.Changes.Count == 120, "120 resources");

        Assert.Equal(3, server.Lists);
        AssertCaughtUp();
    }

    [Fact]
    public async Task Watch_ABookmark_IsWhereTheNextOneBegins()
    {
        server.WatchFaults.Enqueue(new(WatchFaultKind.End, 1));
        await using var watch = RunningWatch.Of(server, handler);
        await handler.UntilAsync(_ => server.Watches > 0, "a watch");

        var version = server.Bookmark();

        await handler.UntilAsync(_ => server.Requests.Any(query => query.Contains($"resourceVersion={version}&", StringComparison.Ordinal)), "a watch from the bookmark");
        Assert.Equal(1, server.Lists);
        Assert.All(server.Requests.Skip(1), query => Assert.Contains("allowWatchBookmarks=true", query, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Watch_WhenItsConnectionIsReplaced_GoesOnWhereItWasWithTheNewOne()
    {
        var configuration = new KubernetesClientConfiguration { Host = server.Address };
        using var former = new MemberConnection(configuration, "one");
        var later = new MemberConnection(configuration, "two");
        var (present, asked) = (former, new List<string>());
        var options = RunningWatch.Options();
        options.WatchTime = TimeSpan.FromMinutes(5);
        await using var watch = new RunningWatch(
            _ =>
            {
                asked.Add(present.Fingerprint);
                return Task.FromResult(present);
            },
            later, handler, options);
        server.Put("a");
        await handler.UntilAsync(seen => seen.Changes.Count == 1, "a");
        await handler.UntilAsync(_ => server.Watches == 1, "a watch");

        present = later;
        await former.ReplaceAsync();
        await handler.UntilAsync(_ => asked.Contains("two"), "the new connection");
        server.Put("b");
        server.Delete("a");

        await UntilCaughtUpAsync();
        Assert.Equal(1, server.Lists);
    }

    [Theory]
    [InlineData(nameof(WatchFaultKind.Drop))]
    [InlineData(nameof(WatchFaultKind.HalfLine))]
    [InlineData(nameof(WatchFaultKind.Silence))]
    [InlineData(nameof(WatchFaultKind.Garbage))]
    [InlineData(nameof(WatchFaultKind.Repeat))]
    [InlineData(nameof(WatchFaultKind.End))]
    public async Task Watch_ThatGoesWrong_GoesOnWhereItWasWithoutAList(string kind)
    {
        server.WatchFaults.Enqueue(new(Enum.Parse<WatchFaultKind>(kind), 2));
        server.Put("a");
        await using var watch = RunningWatch.Of(server, handler);
        await handler.UntilAsync(seen => seen.Changes.Count == 1, "a");

        foreach (var name in new[] { "b", "c", "d", "a", "b" })
            server.Put(name);
        server.Delete("c");
        server.Put("e");

        await UntilCaughtUpAsync();
        Assert.Equal(1, server.Lists);
    }

    [Theory]
    [InlineData(nameof(WatchFaultKind.Forget))]
    [InlineData(nameof(WatchFaultKind.Refuse))]
    public async Task Watch_ThatIsRefused_ListsAgainAndFindsWhatVanished(string kind)
    {
        server.Put("stays");
        server.Put("goes");
        server.Put("returns");
        server.WatchFaults.Enqueue(new(WatchFaultKind.End));
        await using (var watch = RunningWatch.Of(server, handler))
        {
            await handler.UntilAsync(seen => seen.Changes.Count == 3, "three");
            server.WatchFaults.Enqueue(new(Enum.Parse<WatchFaultKind>(kind)));
            server.Delete("goes");
            server.Delete("returns");
            server.Put("returns");
            server.Compact();

            await UntilCaughtUpAsync();
        }
        Assert.True(server.Lists > 1);
        Assert.Equal(2, handler.Changes.Count(change => change.Resource is null));
        Assert.Single(handler.Changes, change => change.Name == "stays");
        Assert.Equal([false, true, false], handler.Changes.Where(change => change.Name == "returns").Select(change => change.Resource is null));
    }

    [Theory]
    [InlineData(nameof(WatchFaultKind.Malformed))]
    [InlineData(nameof(WatchFaultKind.Swallow))]
    public async Task Watch_ThatFallsShort_IsMendedByTheNextList(string kind)
    {
        server.WatchFaults.Enqueue(new(Enum.Parse<WatchFaultKind>(kind)));
        await using var watch = RunningWatch.Of(server, handler, RunningWatch.Options(relistEvery: TimeSpan.FromSeconds(2)));
        await handler.UntilAsync(_ => server.Watches > 0, "a watch");

        server.Put("lost");
        server.Put("b");
        await handler.UntilAsync(seen => seen.Changes.Count > 0, "what came after it");
        Assert.Equal("b", handler.Changes[0].Name);

        await UntilCaughtUpAsync();
        Assert.True(server.Lists > 1);
    }

    [Fact]
    public async Task List_AgainAndAgain_IsNoNews()
    {
        server.Put("a");
        server.Put("b");
        await using var watch = RunningWatch.Of(server, handler, RunningWatch.Options(relistEvery: TimeSpan.FromMilliseconds(200)));

        await handler.UntilAsync(_ => server.Lists > 3, "four lists");

        Assert.Equal(2, handler.Changes.Count);
    }

    [Fact]
    public async Task List_ThatIsRefused_IsTriedAgain()
    {
        server.Put("a");
        server.ListFaults.Enqueue((500, "no JSON"));
        server.ListFaults.Enqueue((403, """{"kind":"Status","code":403,"message":"forbidden"}"""));
        server.ListFaults.Enqueue((404, """{"kind":"Status","code":404}"""));
        server.ListFaults.Enqueue((200, "{\"items\":"));
        server.ListFaults.Enqueue((200, "{}"));
        await using var watch = RunningWatch.Of(server, handler);

        await UntilCaughtUpAsync();
        Assert.Equal(6, server.Lists);
    }

    [Fact]
    public async Task List_WhosePlaceIsForgottenBetweenPages_BeginsAnew()
    {
        for (var i = 0; i < 120; i++)
            server.Put($"thing-{i:D3}");
        await using var watch = RunningWatch.Of(server, handler, RunningWatch.Options(relistEvery: TimeSpan.FromMilliseconds(300)));
        await UntilCaughtUpAsync();

        // The first page is answered, the second is not: nothing of the rest may be taken for gone.
        server.PageFaults.Enqueue((410, """{"kind":"Status","code":410,"message":"expired"}"""));
        server.Delete("thing-000");
        var lists = server.Lists;
        await handler.UntilAsync(_ => server.PageFaults.Count == 0 && server.Lists > lists + 6, "more lists");

        await UntilCaughtUpAsync();
        Assert.Equal(121, handler.Changes.Count);
    }

    [Fact]
    public async Task Watch_InAStormOfFaults_LosesAndDoublesNothing()
    {
        var chance = new Random(20260301);
        var kinds = Enum.GetValues<WatchFaultKind>().Except([WatchFaultKind.Swallow, WatchFaultKind.Malformed]).ToArray();
        for (var i = 0; i < 400; i++)
            server.WatchFaults.Enqueue(new(kinds[chance.Next(kinds.Length)], chance.Next(6)));
        await using var watch = RunningWatch.Of(server, handler);

        for (var i = 0; i < 1500; i++)
        {
            var name = $"thing-{chance.Next(40):D2}";
            if (chance.Next(4) == 0 && server.Stored().ContainsKey(name))
                server.Delete(name);
            else
                server.Put(name);
            if (chance.Next(100) == 0)
                server.Compact();
            if (chance.Next(60) == 0)
                server.DropAll();
            if (chance.Next(5) == 0)
                await Task.Delay(TimeSpan.FromMilliseconds(chance.Next(12)), TimeProvider.System);
        }
        server.WatchFaults.Clear();

        await UntilCaughtUpAsync();
    }

    private async Task UntilCaughtUpAsync()
    {
        await handler.UntilAsync(seen => SameAsStored(seen), "what the server has");
        AssertCaughtUp();
    }

    private bool SameAsStored(RecordingHandler seen)
    {
        var (state, stored) = (seen.State(), server.Stored());
        return state.Count == stored.Count && stored.All(entry => state.TryGetValue(entry.Key, out var known) && known == entry.Value);
    }

    private void AssertCaughtUp()
    {
        Assert.True(SameAsStored(handler));
        handler.AssertNothingDoubled();
    }
}
