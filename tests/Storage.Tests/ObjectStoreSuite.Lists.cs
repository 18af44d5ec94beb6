namespace ControlPlane.Storage.Tests;

/// <summary>Listing and deleting.</summary>
public abstract partial class ObjectStoreSuite
{
    [Fact]
    public async Task ListAsync_NeighbourWithTheSameStart_IsKeptApart()
    {
        foreach (string key in new[] { "a/1/x", "a/11/x", "a/1-x", "b/1/x" })
        {
            await Store.PutAsync(key);
        }

        Assert.Equal(["a/1/x"], await Store.KeysAsync("a/1/"));
        Assert.Equal(["a/1-x", "a/1/x", "a/11/x"], await Store.KeysAsync("a/1"));
        Assert.Equal(["a/1-x", "a/1/x", "a/11/x", "b/1/x"], await Store.KeysAsync());
    }

    [Fact]
    public async Task ListAsync_StoreUnderANeighbourPrefix_SeesNothingOfThis()
    {
        await Store.PutAsync("x");
        var neighbour = OpenOther(TestPrefix + "1");
        await neighbour.PutAsync("y");

        Assert.Equal(["x"], await Store.KeysAsync());
        Assert.Equal(["y"], await neighbour.KeysAsync());
    }

    [Fact]
    public async Task ListAsync_PrefixOfNothing_IsEmpty()
    {
        await Store.PutAsync("a/b");

        Assert.Empty(await Store.KeysAsync("b"));
        Assert.Empty(await Store.KeysAsync("a/b/"));
        Assert.Empty(await Store.KeysAsync("a/b/c/d"));
    }

    [Fact]
    public async Task ListAsync_LettersOfAllPlanes_ComeInTheOrderOfTheirBytes()
    {
        string[] ordered = ["A", "Z", "a-b", "a/b", "a0", "z", "é", "日", "\uffee", "😀"];
        foreach (string key in ordered.Reverse())
        {
            await Store.PutAsync(key);
        }

        Assert.Equal(ordered, await Store.KeysAsync());
    }

    [Fact]
    public async Task ListAsync_Sizes_AreThoseOfTheObjects()
    {
        await Store.PutAsync("a", "");
        await Store.PutAsync("b", "four");

        Assert.Equal([("a", 0), ("b", 4)], await Store.SizesAsync());
    }

    [Fact]
    public async Task ListAsync_ObjectThatWasJustPut_SaysWhenThatWas()
    {
        await Store.PutAsync("a");
        var now = TimeProvider.System.GetUtcNow();

        var found = Assert.Single(await Store.ListAsync("", Token).ToListAsync(Token));

        Assert.InRange(found.Modified, now.AddMinutes(-1), now.AddMinutes(1));
    }

    [Fact]
    public async Task ListAsync_ThousandsOfKeys_AreAllThereAndGoAllAtOnce()
    {
        // A small server that is asked for thousands at once may say 503; such requests are sent again, as a runner's are.
        var store = Store.WithRetries(new RetrySettings(), TimeProvider.System);
        string[] keys = [.. Enumerable.Range(0, ManyKeys).Select(number => $"many/{number / 100:00}/{number:0000}")];
        await Parallel.ForEachAsync(
            keys,
            new ParallelOptions { MaxDegreeOfParallelism = 16, CancellationToken = Token },
            async (key, token) => await store.PutAsync(key, new byte[] { 1 }, PutCondition.None, token));

        Assert.Equal(keys, await Store.KeysAsync("many/"));
        Assert.Equal(100, (await Store.KeysAsync("many/01/")).Count);

        await store.DeleteAsync(keys, Token);
        Assert.Empty(await Store.KeysAsync());
    }

    [Fact]
    public async Task DeleteAsync_KeysThatAreNotThere_CountAsRemoved()
    {
        await Store.PutAsync("a/b");

        await Store.DeleteAsync(["a/c", "x/y/z"], Token);
        await Store.DeleteAsync(["a/b"], Token);
        await Store.DeleteAsync(["a/b"], Token);
        await Store.DeleteAsync([], Token);

        Assert.Empty(await Store.KeysAsync());
    }

    [Fact]
    public async Task DeleteAsync_OneOfTwoNeighbours_LeavesTheOther()
    {
        await Store.PutAsync("a/1/x");
        await Store.PutAsync("a/11/x");

        await Store.DeleteAsync(["a/1/x"], Token);

        Assert.Equal(["a/11/x"], await Store.KeysAsync());
    }
}
