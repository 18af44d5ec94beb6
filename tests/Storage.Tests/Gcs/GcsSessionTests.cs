using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>Resumable sessions under every fault that the service documents.</summary>
public sealed class GcsSessionTests : IAsyncLifetime
{
    private const int Mebibyte = 1024 * 1024;

    private readonly byte[] content = StoreScope.RandomBytes((3 * Mebibyte) + 17);
    private StandInGoogleStorage server = null!;
    private IObjectStore store = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        server = await StandInGoogleStorage.StartAsync();
        store = ObjectStores.OpenGcs(server.Settings("prod"), TimeProvider.System);
    }

    public async ValueTask DisposeAsync()
    {
        (store as IDisposable)?.Dispose();
        await server.DisposeAsync();
    }

    [Fact]
    public async Task PutAsync_StoreKeepsLessThanWasSent_SendsTheRestFromThere()
    {
        server.Break(new() { Keeps = Mebibyte }, IsSent);
        server.Break(new() { Keeps = 0 }, IsSent);

        await PutAsync();

        Assert.Equal(
            [$"bytes 0-{content.Length - 1}/{content.Length}", $"bytes {Mebibyte}-{content.Length - 1}/{content.Length}", $"bytes {Mebibyte}-{content.Length - 1}/{content.Length}"],
            Ranges());
    }

    [Fact]
    public async Task PutAsync_UnavailableInTheMiddle_AsksAndGoesOn()
    {
        server.Break(new() { Keeps = Mebibyte, Then = StandInGoogleAnswer.Json(503, "backendError", "Backend Error") }, IsSent);

        await PutAsync();

        Assert.Equal(
            [$"bytes 0-{content.Length - 1}/{content.Length}", $"bytes */{content.Length}", $"bytes {Mebibyte}-{content.Length - 1}/{content.Length}"], Ranges());
    }

    [Fact]
    public async Task PutAsync_ConnectionCutInTheMiddle_AsksAndGoesOn()
    {
        server.Break(new() { Keeps = (2 * Mebibyte) + 5, ThenCuts = true }, IsSent);

        await PutAsync();

        Assert.Equal($"bytes {2 * Mebibyte}-{content.Length - 1}/{content.Length}", Ranges()[^1]);
    }

    [Fact]
    public async Task PutAsync_LastReplyLost_FindsThatItIsDone()
    {
        server.Break(new() { LosesReply = true }, IsSent);

        await PutAsync(PutCondition.IfAbsent);

        Assert.Equal([$"bytes 0-{content.Length - 1}/{content.Length}", $"bytes */{content.Length}"], Ranges());
    }

    [Fact]
    public async Task PutAsync_ReplyToAQuestionFailsToo_AsksAgain()
    {
        server.Break(new() { Keeps = Mebibyte, ThenCuts = true }, IsSent);
        server.Break(new() { Instead = StandInGoogleAnswer.Json(500, "internalError", "x") }, request => request.Headers.GetValueOrDefault("Content-Range")?.StartsWith("bytes */", StringComparison.Ordinal) == true, 2);

        await PutAsync();

        Assert.Equal(5, Ranges().Count);
    }

    [Fact]
    public async Task PutAsync_SessionThatIsGone_IsTransientAndBegunAnewByRetries()
    {
        server.Break(new() { Instead = StandInGoogleAnswer.Json(404, "notFound", "No such upload") }, IsSent);
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => store.PutAsync("a", content, PutCondition.None, Token));

        server.Break(new() { Instead = StandInGoogleAnswer.Json(410, "gone", "Gone") }, IsSent);
        var retrying = store.WithRetries(new RetrySettings { Attempts = 3, FirstDelay = TimeSpan.FromMilliseconds(1) }, TimeProvider.System);
        await retrying.PutAsync("a", content, PutCondition.IfAbsent, Token);

        Assert.Equal(content, await store.ReadAsync("a"));
    }

    [Fact]
    public async Task PutAsync_StoreThatNeverKeepsMore_EndsAfterAWhile()
    {
        server.Break(new() { Keeps = 0 }, IsSent, int.MaxValue);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => store.PutAsync("a", content, PutCondition.None, Token));

        Assert.Contains("kept 0 bytes", trouble.Message, StringComparison.Ordinal);
        Assert.Equal(GcsSession.Patience + 1, Ranges().Count);
    }

    [Fact]
    public async Task PutAsync_BitTurnedOnItsWay_IsCorruptedAndNoObject()
    {
        server.Break(new() { Corrupts = true }, IsSent);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Corrupted, () => store.PutAsync("a", content, PutCondition.None, Token));

        Assert.Empty(await store.KeysAsync());
    }

    [Fact]
    public async Task PutAsync_AnotherWriterWasFaster_IsExists()
    {
        server.Break(new() { Meanwhile = () => server.Shelf.Put("prod/a", [1], onlyNew: true) }, IsSent);

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Exists, () => store.PutAsync("a", content, PutCondition.IfAbsent, Token));

        Assert.Equal([1], await store.ReadAsync("a"));
    }

    [Fact]
    public async Task PutAsync_GivenUpBetweenTwoAttempts_EndsAtOnce()
    {
        server.Break(new() { Instead = StandInGoogleAnswer.Json(503, "backendError", "x", retryAfterSeconds: 20) }, IsSent, int.MaxValue);
        using var giveUp = new CancellationTokenSource(TimeSpan.FromMilliseconds(500));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => store.PutAsync("a", content, PutCondition.None, giveUp.Token).WaitAsync(TimeSpan.FromSeconds(10), Token));
    }

    private static bool IsSent(StandInRequest request) =>
        request.Method == "PUT" && request.Headers.GetValueOrDefault("Content-Range")?.StartsWith("bytes */", StringComparison.Ordinal) == false;

    private List<string> Ranges() =>
        [.. server.Requests.Where(request => request.Method == "PUT").Select(request => request.Headers["Content-Range"])];

    private async Task PutAsync(PutCondition condition = PutCondition.None)
    {
        await store.PutAsync("a", content, condition, Token);
        Assert.Equal(content, await store.ReadAsync("a"));
    }
}
