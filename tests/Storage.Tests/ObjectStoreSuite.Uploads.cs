namespace ControlPlane.Storage.Tests;

/// <summary>Objects that are sent in parts.</summary>
public abstract partial class ObjectStoreSuite
{
    private const int PartBytes = ObjectLimits.MinimumPartBytes;

    [Fact]
    public async Task Upload_PartsSideBySideLastFirst_AreOneObjectInOrder()
    {
        byte[] content = StoreScope.RandomBytes((2 * PartBytes) + 12_345);
        await using var upload = await Store.BeginUploadAsync("up/object", Token);

        await upload.PutPartAsync(2, content.AsMemory(2 * PartBytes), Token);
        await Task.WhenAll(
            upload.PutPartAsync(1, content.AsMemory(PartBytes, PartBytes), Token),
            upload.PutPartAsync(0, content.AsMemory(0, PartBytes), Token));
        await upload.CompleteAsync(Token);

        Assert.Equal([("up/object", content.Length)], await Store.SizesAsync());
        Assert.Equal(content, await Store.ReadAsync("up/object"));
        Assert.Equal(content[(PartBytes + 7)..], await Store.ReadAsync("up/object", PartBytes + 7));
    }

    [Fact]
    public async Task Upload_PartSentAgain_ReplacesTheEarlier()
    {
        byte[] wrong = StoreScope.RandomBytes(PartBytes, seed: 2);
        byte[] content = StoreScope.RandomBytes(PartBytes + 10);
        await using var upload = await Store.BeginUploadAsync("up/object", Token);

        await upload.PutPartAsync(1, "a longer wrong end"u8.ToArray(), Token);
        await upload.PutPartAsync(0, wrong, Token);
        await upload.PutPartAsync(1, content.AsMemory(PartBytes), Token);
        await upload.PutPartAsync(0, content.AsMemory(0, PartBytes), Token);
        await upload.CompleteAsync(Token);

        Assert.Equal(content, await Store.ReadAsync("up/object"));
    }

    [Fact]
    public async Task Upload_BufferUsedAgainAfterEachPart_HarmsNothing()
    {
        byte[] content = StoreScope.RandomBytes(3 * PartBytes);
        var buffer = new byte[PartBytes];
        await using var upload = await Store.BeginUploadAsync("up/object", Token);

        for (int index = 0; index < 3; index++)
        {
            content.AsSpan(index * PartBytes, PartBytes).CopyTo(buffer);
            await upload.PutPartAsync(index, buffer, Token);
            buffer.AsSpan().Clear();
        }

        await upload.CompleteAsync(Token);

        Assert.Equal(content, await Store.ReadAsync("up/object"));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(100_000)]
    public async Task Upload_OfOnePart_MayHaveAnyLength(int length)
    {
        byte[] content = StoreScope.RandomBytes(length);
        await using var upload = await Store.BeginUploadAsync("up/small", Token);

        await upload.PutPartAsync(0, content, Token);
        await upload.CompleteAsync(Token);

        Assert.Equal(content, await Store.ReadAsync("up/small"));
    }

    [Fact]
    public async Task Upload_NotYetCompleted_IsNotSeen()
    {
        await Store.PutAsync("up/old", "old");
        await using var fresh = await Store.BeginUploadAsync("up/new", Token);
        await using var replacing = await Store.BeginUploadAsync("up/old", Token);
        await fresh.PutPartAsync(0, "new"u8.ToArray(), Token);
        await replacing.PutPartAsync(0, "newer"u8.ToArray(), Token);

        Assert.Equal(["up/old"], await Store.KeysAsync());
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => Store.OpenAsync("up/new", 0, Token));
        Assert.Equal("old"u8.ToArray(), await Store.ReadAsync("up/old"));

        await replacing.CompleteAsync(Token);
        Assert.Equal("newer"u8.ToArray(), await Store.ReadAsync("up/old"));
    }

    [Fact]
    public async Task Upload_DisposedBeforeItIsComplete_LeavesNothing()
    {
        await using (var upload = await Store.BeginUploadAsync("up/object", Token))
        {
            await upload.PutPartAsync(0, StoreScope.RandomBytes(PartBytes), Token);
        }

        Assert.Empty(await Store.KeysAsync());
        Assert.Equal(0, await Store.AbandonUploadsAsync("", Token));
    }

    [Fact]
    public async Task Upload_DisposedAfterItIsComplete_Stays()
    {
        await using (var upload = await Store.BeginUploadAsync("up/object", Token))
        {
            await upload.PutPartAsync(0, "whole"u8.ToArray(), Token);
            await upload.CompleteAsync(Token);
        }

        Assert.Equal("whole"u8.ToArray(), await Store.ReadAsync("up/object"));
        Assert.Equal(0, await Store.AbandonUploadsAsync("", Token));
    }

    [Fact]
    public async Task Upload_WithoutAllItsParts_IsAMistakeAndNoObject()
    {
        await using var upload = await Store.BeginUploadAsync("up/object", Token);

        await Assert.ThrowsAsync<InvalidOperationException>(() => upload.CompleteAsync(Token));
        await upload.PutPartAsync(1, "end"u8.ToArray(), Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => upload.CompleteAsync(Token));
        await upload.PutPartAsync(0, new byte[PartBytes - 1], Token);
        await Assert.ThrowsAsync<InvalidOperationException>(() => upload.CompleteAsync(Token));

        Assert.Empty(await Store.KeysAsync());
    }

    [Theory]
    [InlineData(-1)]
    [InlineData(ObjectLimits.MaximumParts)]
    public async Task Upload_PlaceThatNoPartMayHave_IsAMistake(int index)
    {
        await using var upload = await Store.BeginUploadAsync("up/object", Token);

        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => upload.PutPartAsync(index, "x"u8.ToArray(), Token));
    }

    [Fact]
    public async Task AbandonUploadsAsync_OneOfTwoNeighbours_LeavesTheOther()
    {
        await using var mine = await Store.BeginUploadAsync("a/1/x", Token);
        await using var second = await Store.BeginUploadAsync("a/1/y", Token);
        await using var neighbour = await Store.BeginUploadAsync("a/11/x", Token);
        foreach (var upload in new[] { mine, second, neighbour })
        {
            await upload.PutPartAsync(0, "part"u8.ToArray(), Token);
        }

        Assert.Equal(2, await Store.AbandonUploadsAsync("a/1/", Token));

        // Ceph takes a completion that comes too late for one of two at once, and asks to try again.
        var late = await Assert.ThrowsAsync<ObjectStoreException>(() => mine.CompleteAsync(Token));
        Assert.True(late.Fault is ObjectStoreFault.NotFound or ObjectStoreFault.Transient, late.ToString());
        await neighbour.CompleteAsync(Token);
        Assert.Equal(["a/11/x"], await Store.KeysAsync());
        Assert.Equal(0, await Store.AbandonUploadsAsync("", Token));
    }

    [Fact]
    public async Task AbandonUploadsAsync_NoneIsPicked_LeavesAllAndSaysWhenTheyWereBegun()
    {
        await using var upload = await Store.BeginUploadAsync("a/1/x", Token);
        await upload.PutPartAsync(0, "part"u8.ToArray(), Token);
        var seen = new List<UnfinishedUpload>();

        Assert.Equal(0, await Store.AbandonUploadsAsync("a/", Note, Token));

        var found = Assert.Single(seen);
        Assert.Equal("a/1/x", found.Key);
        Assert.InRange(found.Started!.Value, TimeProvider.System.GetUtcNow().AddMinutes(-1), TimeProvider.System.GetUtcNow().AddMinutes(1));
        await upload.CompleteAsync(Token);
        Assert.Equal("part"u8.ToArray(), await Store.ReadAsync("a/1/x"));

        bool Note(UnfinishedUpload which)
        {
            seen.Add(which);
            return false;
        }
    }

    [Fact]
    public async Task AbandonUploadsAsync_OneIsPicked_LeavesTheOther()
    {
        await using var picked = await Store.BeginUploadAsync("a/picked", Token);
        await using var other = await Store.BeginUploadAsync("a/other", Token);
        await picked.PutPartAsync(0, "part"u8.ToArray(), Token);
        await other.PutPartAsync(0, "part"u8.ToArray(), Token);

        Assert.Equal(1, await Store.AbandonUploadsAsync("a/", upload => upload.Key == "a/picked", Token));

        await other.CompleteAsync(Token);
        Assert.Equal(["a/other"], await Store.KeysAsync());
        Assert.Equal(0, await Store.AbandonUploadsAsync("", Token));
    }
}
