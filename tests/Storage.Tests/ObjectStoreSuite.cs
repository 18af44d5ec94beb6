namespace ControlPlane.Storage.Tests;

/// <summary>
/// The contract's other half: what every store does. Each test has a store of its own, under a prefix that no other test uses.
/// </summary>
public abstract partial class ObjectStoreSuite : IAsyncLifetime
{
    private readonly List<IObjectStore> opened = [];

    /// <summary>A name for this test alone.</summary>
    protected string TestPrefix { get; } = $"storage-tests/{Guid.NewGuid():N}";

    /// <summary>Whether a key may have backslashes. What a store cannot keep it must refuse.</summary>
    protected virtual bool KeepsBackslashes => true;

    /// <summary>Whether the store itself decides between writers under a condition that come within the same instant.</summary>
    protected virtual bool DecidesRaces => true;

    /// <summary>Enough keys for several pages of a listing (1,000 of S3); fewer where the server takes its time for each.</summary>
    protected virtual int ManyKeys => 2_345;

    /// <summary>Whether the store keeps a checksum of each object that can be compared without reading it.</summary>
    protected abstract bool KeepsChecksums { get; }

    /// <summary>Whether a store of this kind has bytes to hold back.</summary>
    protected virtual bool IsPaced => true;

    /// <summary>What the next store that is opened has to ask before it sends.</summary>
    protected UploadPace? Pace { get; private set; }

    private IObjectStore Store => opened[0];

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    /// <inheritdoc />
    public virtual ValueTask InitializeAsync()
    {
        OpenOther(TestPrefix);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc />
    public virtual async ValueTask DisposeAsync()
    {
        foreach (var store in opened)
        {
            await store.ClearAsync();
            (store as IDisposable)?.Dispose();
        }

        GC.SuppressFinalize(this);
    }

    [Fact]
    public async Task PutAsync_ManyBytes_AreReadAsTheyWere()
    {
        byte[] content = StoreScope.RandomBytes(3_000_001);

        await Store.PutAsync("a/object", content, PutCondition.None, Token);

        Assert.Equal(content, await Store.ReadAsync("a/object"));
    }

    [Fact]
    public async Task PutAsync_EmptyObject_IsListedAndReadAsEmpty()
    {
        await Store.PutAsync("a/empty", ReadOnlyMemory<byte>.Empty, PutCondition.None, Token);

        Assert.Empty(await Store.ReadAsync("a/empty"));
        Assert.Equal([("a/empty", 0)], await Store.SizesAsync("a/"));
    }

    [Fact]
    public async Task PutAsync_KeyThatIsTaken_ReplacesTheObject()
    {
        await Store.PutAsync("a", "a longer first");
        await Store.PutAsync("a", "second");

        Assert.Equal("second"u8.ToArray(), await Store.ReadAsync("a"));
    }

    [Fact]
    public async Task PutAsync_IfAbsentOnAFreeKey_Writes()
    {
        await Store.PutAsync("a/new", "new"u8.ToArray(), PutCondition.IfAbsent, Token);

        Assert.Equal("new"u8.ToArray(), await Store.ReadAsync("a/new"));
    }

    [Fact]
    public async Task PutAsync_IfAbsentOnATakenKey_IsExistsAndChangesNothing()
    {
        await Store.PutAsync("a", "first");

        var trouble = await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Exists, () => Store.PutAsync("a", "second"u8.ToArray(), PutCondition.IfAbsent, Token));

        Assert.Contains("put a in ", trouble.Message, StringComparison.Ordinal);
        Assert.Equal("first"u8.ToArray(), await Store.ReadAsync("a"));
    }

    [Fact]
    public async Task PutAsync_EightWritersIfAbsentAtOnce_ExactlyOneWins()
    {
        byte[][] contents = [.. Enumerable.Range(0, 8).Select(writer => StoreScope.RandomBytes(50_000, writer))];

        var wins = await Task.WhenAll(contents.Select(content => Task.Run(async () =>
        {
            try
            {
                await Store.PutAsync("race/manifest", content, PutCondition.IfAbsent, Token);
                return content;
            }
            catch (ObjectStoreException trouble) when (trouble.Fault is ObjectStoreFault.Exists or ObjectStoreFault.Transient)
            {
                // AWS may answer "conflict, try again" to all but the one that got through.
                return null;
            }
        })));

        Assert.InRange(wins.Count(win => win is not null), 1, DecidesRaces ? 1 : wins.Length);
        Assert.Contains(await Store.ReadAsync("race/manifest"), wins);
        Assert.Equal(["race/manifest"], await Store.KeysAsync());

        // Who comes later is refused in any case.
        await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Exists, () => Store.PutAsync("race/manifest", "late"u8.ToArray(), PutCondition.IfAbsent, Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(70_000)]
    [InlineData(99_999)]
    [InlineData(100_000)]
    [InlineData(100_001)]
    [InlineData(5_000_000_000)]
    public async Task OpenAsync_FromAnOffset_GivesTheRest(long offset)
    {
        byte[] content = StoreScope.RandomBytes(100_000);
        await Store.PutAsync("a", content, PutCondition.None, Token);

        Assert.Equal(content[(int)Math.Min(offset, content.Length)..], await Store.ReadAsync("a", offset));
    }

    [Theory]
    [InlineData(0, 1)]
    [InlineData(0, 100_000)]
    [InlineData(1, 70_000)]
    [InlineData(99_999, 1)]
    [InlineData(70_000, 70_000)]
    [InlineData(100_000, 5)]
    [InlineData(5_000_000_000, 5_000_000_000)]
    public async Task OpenRangeAsync_OfAnyLength_GivesWhatThereIs(long offset, long length)
    {
        byte[] content = StoreScope.RandomBytes(100_000);
        await Store.PutAsync("a", content, PutCondition.None, Token);
        await Store.PutAsync("empty", "");
        int from = (int)Math.Min(offset, content.Length);

        Assert.Equal(content[from..(int)Math.Min(from + length, content.Length)], await Store.ReadRangeAsync("a", offset, length));
        Assert.Empty(await Store.ReadRangeAsync("empty", offset, length));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => Store.OpenRangeAsync("b", offset, length, Token));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    public async Task OpenAsync_KeyThatIsNotThere_IsNotFound(long offset)
    {
        await Store.PutAsync("a/b");

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => Store.OpenAsync("a/c", offset, Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => Store.OpenAsync("a", offset, Token));

        Assert.Contains("read a/c in ", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("with space")]
    [InlineData(" leading and trailing ")]
    [InlineData("a+b")]
    [InlineData("100%")]
    [InlineData("50%25%2F")]
    [InlineData("ünïcödé/日本語")]
    [InlineData("smile-😀")]
    [InlineData("e\u0301 is not \u00e9")]
    [InlineData("a&b=c?d#e")]
    [InlineData("quotes'\"<tag>&amp;")]
    [InlineData("semi;colon:comma,at@dollar$bang!")]
    [InlineData("star*pipe|(round)[square]{curly}^`~")]
    [InlineData("dots...in/..many/...places.")]
    public async Task Keys_OfUnusualLetters_AreKeptAsTheyAre(string key)
    {
        await Store.PutAsync($"odd/{key}", key);
        await using (var upload = await Store.BeginUploadAsync($"odder/{key}", Token))
        {
            await upload.PutPartAsync(0, "part"u8.ToArray(), Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal([$"odd/{key}", $"odder/{key}"], await Store.KeysAsync());
        Assert.Equal([$"odd/{key}"], await Store.KeysAsync($"odd/{key}"));
        Assert.Equal(System.Text.Encoding.UTF8.GetBytes(key), await Store.ReadAsync($"odd/{key}"));
        await Store.DeleteAsync([$"odd/{key}", $"odder/{key}"], Token);
        Assert.Empty(await Store.KeysAsync());
    }

    [Fact]
    public async Task Keys_WithABackslash_AreKeptOrRefused()
    {
        if (!KeepsBackslashes)
        {
            await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => Store.PutAsync("back\\slash"));
            await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => Store.BeginUploadAsync("back\\slash", Token));
            return;
        }

        await Store.PutAsync("back\\slash");

        Assert.Equal(["back\\slash"], await Store.KeysAsync());
        Assert.Equal("x"u8.ToArray(), await Store.ReadAsync("back\\slash"));
    }

    [Fact]
    public async Task Keys_AsLongAsAllowed_AreTaken()
    {
        int left = ObjectLimits.MaximumKeyBytes - TestPrefix.Length - 1;
        string key = string.Join('/', Enumerable.Repeat(new string('k', 199), 5))[..left];

        await Store.PutAsync(key, "long");

        Assert.Equal([key], await Store.KeysAsync());
        Assert.Equal("long"u8.ToArray(), await Store.ReadAsync(key));
    }

    [Theory]
    [InlineData("")]
    [InlineData("/a")]
    [InlineData("a/")]
    [InlineData("a//b")]
    [InlineData("..")]
    [InlineData("../a")]
    [InlineData("a/../../b")]
    [InlineData("./a")]
    [InlineData("a/.")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    public async Task Keys_ThatNoStoreTakes_AreRefusedByAll(string key)
    {
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutAsync(key));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.OpenAsync(key, 0, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.LookAsync(key, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.BeginUploadAsync(key, Token));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.DeleteAsync([key], Token));
    }

    [Fact]
    public async Task Keys_TooLong_AreRefusedByAll() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Store.PutAsync(new string('é', 513)));

    [Fact]
    public async Task Calls_GivenUpAlready_EndAsGivenUp()
    {
        await Store.PutAsync("a");
        await using var upload = await Store.BeginUploadAsync("b", Token);
        await upload.PutPartAsync(0, "x"u8.ToArray(), Token);
        var given = new CancellationToken(canceled: true);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.PutAsync("a", "y"u8.ToArray(), PutCondition.None, given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.OpenAsync("a", 0, given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.LookAsync("a", given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.BeginUploadAsync("c", given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.PutPartAsync(1, "y"u8.ToArray(), given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => upload.CompleteAsync(given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.DeleteAsync(["a"], given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => Store.AbandonUploadsAsync("", given));
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await Store.ListAsync("", given).ToListAsync(Token));
        Assert.Equal("x"u8.ToArray(), await Store.ReadAsync("a"));
    }

    /// <summary>Opens a store under another prefix of the same place. The suite clears and closes it.</summary>
    protected IObjectStore OpenOther(string prefix)
    {
        var store = Open(prefix);
        opened.Add(store);
        return store;
    }

    /// <summary>Opens the store that is tried.</summary>
    protected abstract IObjectStore Open(string prefix);
}
