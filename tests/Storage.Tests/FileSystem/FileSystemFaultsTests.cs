using System.Runtime.Versioning;

namespace ControlPlane.Storage.Tests;

/// <summary>What an owner is told when a volume does not do it, and what it must never do.</summary>
[UnsupportedOSPlatform("windows")]
public sealed class FileSystemFaultsTests : IDisposable
{
    private readonly DirectoryInfo volume = Directory.CreateTempSubdirectory("storage-tests-");

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose()
    {
        if (volume.Exists)
        {
            volume.Delete(recursive: true);
        }
    }

    [Fact]
    public async Task Everything_OnAVolumeThatIsNotMounted_IsNoBucketAndMakesNone()
    {
        string missing = Path.Join(volume.FullName, "not-mounted");
        var store = Open(missing);

        var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => store.PutAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => store.ReadAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => store.KeysAsync());
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => store.BeginUploadAsync("a", Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => store.DeleteAsync(["a"], Token));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NoBucket, () => store.AbandonUploadsAsync("", Token));
        Assert.Contains($"no volume is mounted at {missing}", trouble.Message, StringComparison.Ordinal);
        Assert.False(Directory.Exists(missing));
    }

    [Fact]
    public async Task PutAsync_VolumeThatMayNotBeWritten_IsDenied()
    {
        // Root writes wherever there is a file system; sysfs refuses even root.
        string place = Environment.IsPrivilegedProcess ? "/sys/kernel" : volume.FullName;
        File.SetUnixFileMode(volume.FullName, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        try
        {
            var trouble = await StoreScope.AssertFaultAsync(ObjectStoreFault.Denied, () => Open(place).PutAsync("a"));

            Assert.Contains("the volume does not allow it", trouble.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.SetUnixFileMode(volume.FullName, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
    }

    [Fact]
    public void Read_TroubleOfAFullVolume_IsRefused()
    {
        // The system itself says it: this device is always full.
        using var device = new FileStream("/dev/full", FileMode.Open, FileAccess.Write, FileShare.ReadWrite, bufferSize: 0);
        var full = Assert.ThrowsAny<IOException>(() => device.Write(new byte[1]));

        var trouble = new FileFaults("pvc://backups", volume.FullName).Read("send part 3 of data/1", full);

        Assert.Equal(ObjectStoreFault.Refused, trouble?.Fault);
        Assert.Equal("Cannot send part 3 of data/1 in pvc://backups: the volume is full.", trouble?.Message);
    }

    [Fact]
    public async Task PutAsync_ObjectWhereTheKeyHasAFolder_IsRefused()
    {
        var store = Open(volume.FullName);
        await store.PutAsync("a/b");

        await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.PutAsync("a/b/c"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.Refused, () => store.PutAsync("a"));
        await StoreScope.AssertFaultAsync(ObjectStoreFault.NotFound, () => store.ReadAsync("a"));

        Assert.Equal(["a/b"], await store.KeysAsync());
        Assert.Equal(0, await store.AbandonUploadsAsync("", Token));
    }

    [Fact]
    public async Task PutAsync_NameTooLongForTheVolume_IsRefused()
    {
        var trouble = await StoreScope.AssertFaultAsync(
            ObjectStoreFault.Refused, () => Open(volume.FullName).PutAsync(new string('k', 256)));

        Assert.Contains("does not take names of this length", trouble.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("..")]
    [InlineData("../other")]
    [InlineData("a/../../other")]
    public void Open_FolderOutsideTheVolume_IsAMistake(string path) =>
        Assert.Throws<ArgumentException>(
            () => ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = volume.FullName, Path = path }));

    [Theory]
    [InlineData("../")]
    [InlineData("..")]
    [InlineData("a/../../")]
    [InlineData("/")]
    [InlineData("/etc/")]
    public async Task ListAsync_PrefixThatClimbs_IsAMistake(string prefix)
    {
        var store = Open(volume.FullName);

        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.KeysAsync(prefix));
        await Assert.ThrowsAnyAsync<ArgumentException>(() => store.AbandonUploadsAsync(prefix, Token));
    }

    [Fact]
    public async Task Keys_OfTheStoresOwnFolder_AreAMistake() =>
        await Assert.ThrowsAnyAsync<ArgumentException>(() => Open(volume.FullName).PutAsync(".unfinished/a"));

    [Fact]
    public async Task ListAsync_LinkInTheVolume_IsNotFollowed()
    {
        var store = Open(volume.FullName);
        await store.PutAsync("a/b");
        Directory.CreateSymbolicLink(Path.Join(volume.FullName, "loop"), volume.FullName);
        File.CreateSymbolicLink(Path.Join(volume.FullName, "passwd"), "/etc/passwd");

        Assert.Equal(["a/b"], await store.KeysAsync());
    }

    [Fact]
    public async Task DeleteAsync_LastObjectOfAFolder_TakesTheFolderAndNotTheVolume()
    {
        var store = ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = volume.FullName, Path = "prod" });
        await store.PutAsync("a/b/c");
        await store.PutAsync("a/d");

        await store.DeleteAsync(["a/b/c"], Token);
        Assert.Equal(["d"], new DirectoryInfo(Path.Join(volume.FullName, "prod", "a")).GetFileSystemInfos().Select(entry => entry.Name));

        await store.DeleteAsync(["a/d"], Token);
        Assert.False(Directory.Exists(Path.Join(volume.FullName, "prod", "a")));
        Assert.True(volume.Exists);
    }

    [Fact]
    public async Task AbandonUploadsAsync_RemainsOfAProcessThatDied_AreFound()
    {
        // Nothing is disposed: as after SIGKILL.
        var dead = await Open(volume.FullName).BeginUploadAsync("backups/x/data/0", Token);
        await dead.PutPartAsync(1, new byte[10], Token);
        var next = Open(volume.FullName);

        Assert.Empty(await next.KeysAsync());
        Assert.Equal(0, await next.AbandonUploadsAsync("backups/xy/", Token));
        Assert.Equal(1, await next.AbandonUploadsAsync("backups/x/", Token));
        Assert.Equal(0, await next.AbandonUploadsAsync("", Token));
        Assert.Empty(volume.GetFileSystemInfos());
        await dead.DisposeAsync();
    }

    [Fact]
    public async Task PutAsync_FoldersThatComeAndGo_NeverFails()
    {
        var store = Open(volume.FullName);

        await Parallel.ForAsync(0, 4, Token, async (writer, token) =>
        {
            for (int i = 0; i < 100; i++)
            {
                await store.PutAsync($"shared/folder/{writer}", new byte[1], i % 2 == 0 ? PutCondition.None : PutCondition.IfAbsent, token);
                await store.DeleteAsync([$"shared/folder/{writer}"], token);
            }
        });

        Assert.Empty(await store.KeysAsync());
    }

    private static IObjectStore Open(string place) => ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = place });
}
