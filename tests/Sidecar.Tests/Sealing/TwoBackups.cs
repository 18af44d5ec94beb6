using ControlPlane.Protocol;
using ControlPlane.Sidecar.Tests.Road;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Tests.Sealing;

/// <summary>Two backups that the real runner sealed with one owner's key.</summary>
public sealed class TwoBackups : IAsyncLifetime
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("sealed-");

    internal string Keys => Path.Combine(folder.FullName, "keys");

    internal string First { get; private set; } = "";

    internal string Second { get; private set; } = "";

    public async ValueTask InitializeAsync()
    {
        await using var road = await TestRoad.StartAsync(Scripts.Good);
        road.Store = ObjectStores.OpenFileSystem(new FileSystemStoreSettings { Volume = folder.FullName });
        road.WriteKey();
        First = await BackUpAsync(road, road.Backup);
        Second = await BackUpAsync(road, road.Backup with { Uid = "4f2c-2" });
        Directory.CreateDirectory(Keys);
        File.Copy(Path.Combine(road.Folder("keys"), "key-1"), Path.Combine(Keys, "key-1"));
    }

    public ValueTask DisposeAsync()
    {
        folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private async Task<string> BackUpAsync(TestRoad road, BackupIdentity backup)
    {
        var request = road.SealedRequest() with { Backup = backup, Compression = new CompressionRequest { Codec = Codec.None } };
        var (_, report) = await road.RunAsync(request);
        Assert.True(report.Fault is null, report.Message);
        return Path.Combine(folder.FullName, ObjectLayout.Root(backup));
    }
}
