namespace ControlPlane.Storage.Tests;

/// <summary>What is known of an object without reading it.</summary>
public abstract partial class ObjectStoreSuite
{
    [Theory]
    [InlineData(0)]
    [InlineData(100_000)]
    public async Task LookAsync_ObjectWrittenWhole_AgreesWithWhatWasSent(int length)
    {
        byte[] content = StoreScope.RandomBytes(length);
        await Store.PutAsync("a", content, PutCondition.None, Token);
        await Store.PutAsync("b", content, PutCondition.IfAbsent, Token);

        foreach (string key in new[] { "a", "b" })
        {
            AssertAgree(ObjectFacts.Of(content), await Store.LookAsync(key, Token), KeepsChecksums);
        }
    }

    [Theory]
    [InlineData(1, 0)]
    [InlineData(1, 77)]
    [InlineData(3, 12_345)]
    public async Task LookAsync_ObjectOfParts_AgreesWithWhatWasSent(int parts, int lastLength)
    {
        await using var upload = await Store.BeginUploadAsync("up/object", Token);
        for (int index = 0; index < parts; index++)
        {
            await upload.PutPartAsync(index, StoreScope.RandomBytes(index < parts - 1 ? PartBytes : lastLength, index), Token);
        }

        await upload.CompleteAsync(Token);

        var sent = upload.Describe();
        Assert.Equal(((parts - 1) * PartBytes) + lastLength, sent.SizeBytes);
        AssertAgree(sent, await Store.LookAsync("up/object", Token), KeepsChecksums && parts > 1);
    }

    [Fact]
    public async Task LookAsync_OtherBytesOfTheSameLength_DisagreeWhereTheStoreKeepsChecksums()
    {
        byte[] content = StoreScope.RandomBytes(PartBytes + 10);
        byte[] other = [.. content[..^1], (byte)~content[^1]];
        await Store.PutAsync("whole", content, PutCondition.None, Token);
        await using var upload = await SendAsync("parts", content);
        await using var otherUpload = await SendAsync("other", other);

        foreach (string key in new[] { "whole", "parts" })
        {
            var kept = await Store.LookAsync(key, Token);
            Assert.True(upload.Describe().Agrees(kept));
            Assert.Equal(!KeepsChecksums, otherUpload.Describe().Agrees(kept));
            Assert.Equal(!KeepsChecksums, ObjectFacts.Of(other).Agrees(kept));
        }
    }

    [Fact]
    public async Task LookAsync_KeyThatIsNotThere_IsNotFound()
    {
        await Store.PutAsync("a/b");

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => Store.LookAsync("a/c", Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => Store.LookAsync("a", Token));

        Assert.Contains("look at a/c in ", trouble.Message, StringComparison.Ordinal);
    }

    private async Task<IObjectUpload> SendAsync(string key, byte[] content)
    {
        var upload = await Store.BeginUploadAsync(key, Token);
        await upload.PutPartAsync(0, content.AsMemory(0, PartBytes), Token);
        await upload.PutPartAsync(1, content.AsMemory(PartBytes), Token);
        await upload.CompleteAsync(Token);
        return upload;
    }

    private static void AssertAgree(ObjectFacts sent, ObjectFacts kept, bool byChecksum)
    {
        Assert.True(sent.Agrees(kept), $"sent {sent}, kept {kept}");
        Assert.True(!byChecksum || sent.SharesChecksum(kept), $"sent {sent}, kept {kept}");
    }
}
