namespace ControlPlane.Storage.Tests;

/// <summary>Bytes that have to ask before they go.</summary>
public abstract partial class ObjectStoreSuite
{
    private const int Block = 300_000;

    private readonly List<int> granted = [];

    [Fact]
    public async Task PutAsync_UnderAPace_SendsEachByteOnceInTheBlocksItWasGranted()
    {
        byte[] content = StoreScope.RandomBytes(1_000_001);
        var store = OpenPaced();

        await store.PutAsync("paced/whole", content, PutCondition.IfAbsent, Token);

        AssertGranted(content.Length);
        Assert.Equal(content, await store.ReadAsync("paced/whole"));
    }

    [Fact]
    public async Task PutPartAsync_UnderAPace_SendsEachByteOnceInTheBlocksItWasGranted()
    {
        byte[] content = StoreScope.RandomBytes(ObjectLimits.MinimumPartBytes + 1);
        var store = OpenPaced();

        await using (var upload = await store.BeginUploadAsync("paced/parts", Token))
        {
            await upload.PutPartAsync(1, content.AsMemory(ObjectLimits.MinimumPartBytes), Token);
            await upload.PutPartAsync(0, content.AsMemory(0, ObjectLimits.MinimumPartBytes), Token);
            await upload.CompleteAsync(Token);
        }

        AssertGranted(content.Length);
        Assert.Equal(content, await store.ReadAsync("paced/parts"));
    }

    [Fact]
    public async Task PutAsync_GivenUpWhileItWaitsForItsTurn_EndsAtOnce()
    {
        using var giveUp = CancellationTokenSource.CreateLinkedTokenSource(Token);
        var asked = new TaskCompletionSource();
        Pace = async (_, token) =>
        {
            asked.TrySetResult();
            await new TaskCompletionSource().Task.WaitAsync(token);
            return 1;
        };

        var putting = OpenOther(TestPrefix).PutAsync("paced/waits", new byte[1000], PutCondition.None, giveUp.Token);
        if (IsPaced)
        {
            await asked.Task.WaitAsync(Token);
            await giveUp.CancelAsync();
            await Assert.ThrowsAnyAsync<OperationCanceledException>(() => putting);
        }
        else
        {
            await putting;
            Assert.False(asked.Task.IsCompleted);
        }
    }

    private IObjectStore OpenPaced()
    {
        Pace = (wanted, _) =>
        {
            int count = Math.Min(wanted, Block);
            lock (granted)
            {
                granted.Add(count);
            }

            return new(count);
        };
        return OpenOther(TestPrefix);
    }

    private void AssertGranted(long bytes)
    {
        Assert.Equal(IsPaced ? bytes : 0, granted.Sum(count => (long)count));
        Assert.All(granted, count => Assert.InRange(count, 1, Block));
    }
}
