using System.Net;
using ControlPlane.Testing;

namespace ControlPlane.Storage.Tests;

/// <summary>A real store whose connections break, and a backup that goes on all the same.</summary>
public sealed class RetryingObjectStoreTests : IAsyncLifetime
{
    private const int PartBytes = ObjectLimits.MinimumPartBytes;

    private readonly List<StoreRetry> retries = [];
    private FaultyStore<S3StoreSettings> faulty = null!;

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public static TheoryData<string> Faults =>
    [
        nameof(StandInFault.SlowDown), nameof(StandInFault.ResetInRequest), nameof(StandInFault.LoseReply), nameof(StandInFault.Corrupt),
    ];

    public async ValueTask InitializeAsync() => faulty = await FaultyStore.StartAsync();

    public ValueTask DisposeAsync() => faulty.DisposeAsync();

    [Theory]
    [MemberData(nameof(Faults))]
    public async Task PutPartAsync_OnePartThatFailsTwice_IsSentAgainAlone(string fault)
    {
        byte[] content = StoreScope.RandomBytes((2 * PartBytes) + 100);
        faulty.Proxy.Break(Named(fault), request => request.Target.Contains("partNumber=2", StringComparison.Ordinal), 2);

        await using (var upload = await faulty.OpenRetrying(retries.Add).BeginUploadAsync("a", Token))
        {
            await upload.PutPartAsync(0, content.AsMemory(0, PartBytes), Token);
            await upload.PutPartAsync(1, content.AsMemory(PartBytes, PartBytes), Token);
            await upload.PutPartAsync(2, content.AsMemory(2 * PartBytes), Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await faulty.Direct.ReadAsync("a"));
        Assert.Equal(5, faulty.Proxy.Requests.Count(request => request.IsPart));
        Assert.Equal([1, 2], retries.Select(retry => retry.Attempt));
    }

    [Theory]
    [InlineData(nameof(StandInFault.SlowDown))]
    [InlineData(nameof(StandInFault.ResetInRequest))]
    [InlineData(nameof(StandInFault.LoseReply))]
    public async Task CompleteAsync_FailsOrItsReplyIsLost_IsDone(string fault)
    {
        byte[] content = StoreScope.RandomBytes(PartBytes + 100);
        faulty.Proxy.Break(Named(fault), request => request.IsComplete);

        await using (var upload = await faulty.OpenRetrying().BeginUploadAsync("a", Token))
        {
            await upload.PutPartAsync(0, content.AsMemory(0, PartBytes), Token);
            await upload.PutPartAsync(1, content.AsMemory(PartBytes), Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await faulty.Direct.ReadAsync("a"));
        Assert.Equal(0, await faulty.Direct.AbandonUploadsAsync("", Token));
    }

    [Fact]
    public async Task PutAsync_IfAbsentWhoseReplyIsLost_FindsItsOwn()
    {
        byte[] content = StoreScope.RandomBytes(10_000);
        faulty.Proxy.Break(StandInFault.LoseReply, request => request.IsPut);

        await faulty.OpenRetrying(retries.Add).PutAsync("manifest", content, PutCondition.IfAbsent, Token);

        Assert.Single(retries);
        Assert.Equal(content, await faulty.Direct.ReadAsync("manifest"));
    }

    [Theory]
    [InlineData(10_000)]
    [InlineData(9_999)]
    [InlineData(10_001)]
    public async Task PutAsync_IfAbsentTriedAgainAndAnotherWasFaster_IsExists(int length)
    {
        byte[] content = StoreScope.RandomBytes(10_000);
        byte[] other = StoreScope.RandomBytes(length, seed: length == 10_000 ? 2 : 1);
        faulty.Proxy.Break(StandInFault.ResetInRequest, request => request.IsPut);
        var store = faulty.OpenRetrying(_ => faulty.Direct.PutAsync("manifest", other, PutCondition.None, Token).GetAwaiter().GetResult());

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Exists, () => store.PutAsync("manifest", content, PutCondition.IfAbsent, Token));

        Assert.Equal(other, await faulty.Direct.ReadAsync("manifest"));
    }

    [Fact]
    public async Task PutAsync_IfAbsentOnItsVeryBytes_IsStillExists()
    {
        await faulty.Direct.PutAsync("manifest", "same");

        await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Exists, () => faulty.OpenRetrying().PutAsync("manifest", "same"u8.ToArray(), PutCondition.IfAbsent, Token));
    }

    [Fact]
    public async Task OpenAsync_ConnectionThatBreaksWhileReading_GoesOnWhereItBroke()
    {
        byte[] content = StoreScope.RandomBytes(4_000_000);
        await faulty.Direct.PutAsync("a", content, PutCondition.None, Token);
        faulty.Proxy.Break(StandInFault.ResetInResponse, times: 3);

        byte[] read = await faulty.OpenRetrying(retries.Add).ReadAsync("a", 1_000);

        Assert.Equal(content[1_000..], read);
        Assert.Equal(3, retries.Count);
        Assert.Equal(4, faulty.Proxy.Requests.Select(request => request.Headers["Range"]).Distinct().Count());
    }

    [Fact]
    public async Task ListAsync_LaterPageThatFails_GoesOnWithoutDoubles()
    {
        string[] keys = [.. Enumerable.Range(0, 1500).Select(number => $"a/{number:0000}")];
        await Parallel.ForEachAsync(
            keys,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
            async (key, token) => await faulty.Direct.PutAsync(key, new byte[1], PutCondition.None, token));
        faulty.Proxy.Break(
            StandInFault.SlowDown, request => request.Target.Contains("continuation-token", StringComparison.Ordinal), 2);

        Assert.Equal(keys, await faulty.OpenRetrying(retries.Add).KeysAsync("a/"));

        Assert.Equal(2, retries.Count);
    }

    [Fact]
    public async Task PutAsync_StoreThatNeverRecovers_EndsAfterItsAttempts()
    {
        faulty.Proxy.Break(StandInFault.SlowDown, times: int.MaxValue);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Transient, () => faulty.OpenRetrying().PutAsync("a"));

        Assert.Equal(4, faulty.Proxy.Requests.Count);
        Assert.Equal("SlowDown", trouble.Code);
        Assert.Contains("the store is overloaded", trouble.Message, StringComparison.Ordinal);
        Assert.Contains("It was tried 4 times in ", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(HttpStatusCode.Forbidden, "AccessDenied", ObjectStoreFault.Denied)]
    [InlineData(HttpStatusCode.NotFound, "NoSuchBucket", ObjectStoreFault.NoBucket)]
    [InlineData(HttpStatusCode.BadRequest, "InvalidRequest", ObjectStoreFault.Refused)]
    public async Task PutAsync_RefusedForGood_IsNotTriedAgain(HttpStatusCode status, string code, ObjectStoreFault fault)
    {
        faulty.Proxy.Break(StandInFault.Answer(status, code), times: int.MaxValue);

        var trouble = await StoreScope.AssertFaultAsync(fault, () => faulty.OpenRetrying().PutAsync("a"));

        Assert.Single(faulty.Proxy.Requests);
        Assert.DoesNotContain("tried", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Upload_EveryThirdRequestFails_LeavesAWholeObjectAndNoRemains()
    {
        byte[] content = StoreScope.RandomBytes((4 * PartBytes) + 1);
        int number = 0;
        faulty.Proxy.Break(StandInFault.SlowDown, _ => Interlocked.Increment(ref number) % 3 == 0, int.MaxValue);
        var store = faulty.OpenRetrying();

        await using (var upload = await store.BeginUploadAsync("a", Token))
        {
            await Parallel.ForAsync(0, 5, Token, async (index, token) =>
            {
                int start = index * PartBytes;
                await upload.PutPartAsync(index, content.AsMemory(start, Math.Min(PartBytes, content.Length - start)), token);
            });
            await upload.CompleteAsync(Token);
        }

        Assert.Equal(content, await store.ReadAsync("a"));
        await store.DeleteAsync(["a"], Token);
        Assert.Equal(0, await store.AbandonUploadsAsync("", Token));
        Assert.Empty(await faulty.Direct.KeysAsync());
    }

    private static StandInFault Named(string name) => name switch
    {
        nameof(StandInFault.SlowDown) => StandInFault.SlowDown,
        nameof(StandInFault.ResetInRequest) => StandInFault.ResetInRequest,
        nameof(StandInFault.LoseReply) => StandInFault.LoseReply,
        _ => StandInFault.Corrupt,
    };
}
