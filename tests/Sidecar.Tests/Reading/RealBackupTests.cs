using System.Diagnostics;
using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Agent.Database;
using ControlPlane.Sidecar.Reading;
using ControlPlane.Sidecar.Tests.Database;
using ControlPlane.Sidecar.Tests.Road;
using ControlPlane.Storage;
using ControlPlane.Testing;

namespace ControlPlane.Sidecar.Tests.Reading;

/// <summary>The real server, the real tools and the real store.</summary>
[Collection(nameof(OurBackups))]
public sealed class RealBackupTests(OurBackups made) : IDisposable
{
    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("reading-");

    public void Dispose() => folder.Delete(recursive: true);

    [Fact]
    public async Task Fetch_OfARealBackupInEachLayout_ComesBackAsItWas()
    {
        await using var source = await MariaDbInstance.StartAsync();
        await MariaDbTests.FillAsync(source);
        await using var road = await TestRoad.StartAsync(new MySqlServer(MariaDbTests.Settings(source)), source.Data, source.Port);
        await using var real = new RealStore();
        (road.Store, _) = (real.Store, road.WriteKey());
        var (_, report) = await road.RunAsync(road.SealedRequest() with { Source = road.Source() with { ToolArguments = ["--parallel=2"] } });
        Assert.True(report.Fault is null, report.Message);

        var stream = await FetchAsync(real, new { backup = road.Backup, sealing = road.SealedRequest().Sealing }, road.Folder("keys"));
        Assert.Equal(report.Summary!.SizeBytes, stream.Length);
        await new XbCloudSplitter(real.Store, "chunks").PutChunksAsync(stream, md5: true);
        await new XbCloudSplitter(real.Store, "files").PutFilesAsync(stream);
        foreach (var (name, content) in new[] { ("ours", stream), ("chunks", await FetchAsync(real, new { xbCloud = "chunks" })), ("files", await FetchAsync(real, new { xbCloud = "files" })) })
            await UnpackAsync(content, name);

        await MariaDbInstance.RunAsync(new ProcessStartInfo("diff", ["-r", On("ours"), On("chunks")]));
        await MariaDbInstance.RunAsync(new ProcessStartInfo("diff", ["-r", On("ours"), On("files")]));
        await MariaDbInstance.RunAsync(new ProcessStartInfo("mariadb-backup", ["--prepare", $"--target-dir={On("chunks")}"]));
        await using var copy = await MariaDbInstance.StartOnAsync(On("chunks"));
        Assert.Equal(await source.AskAsync(MariaDbTests.Checksums), await copy.AskAsync(MariaDbTests.Checksums));
    }

    [Fact]
    public async Task WriteToAsync_FromAStoreThatBreaksAndStallsInBetween_GoesOnWhereItWas()
    {
        await using var real = new RealStore();
        await CopyAsync(real);
        await using var proxy = await StandInFaultyProxy.StartAsync(real.Settings.Endpoint!);
        var settings = real.Settings with { Endpoint = proxy.Endpoint, StallTimeout = TimeSpan.FromSeconds(3) };
        var store = ObjectStores.OpenS3(settings, TimeProvider.System)
            .WithRetries(new RetrySettings { FirstDelay = TimeSpan.FromMilliseconds(5), LongestDelay = TimeSpan.FromMilliseconds(50) }, TimeProvider.System);
        using var backup = await made.OpenAsync(store, Codec.Zstd, true, new ReadBudget(4 << 20, 3, 3));
        proxy.Break(StandInFault.ResetInResponse, IsData, times: 3);
        proxy.Break(StandInFault.StallInResponse, IsData);
        proxy.Break(StandInFault.SlowDown, IsData, times: 2);
        using var target = new MemoryStream();

        await backup.WriteToAsync(target, TestContext.Current.CancellationToken);

        Assert.True(made.Stream.AsSpan().SequenceEqual(target.ToArray()));
        Assert.True(proxy.Requests.Count(IsData) >= 6 + 6, $"{proxy.Requests.Count(IsData)} requests");
        (store as IDisposable)?.Dispose();
    }

    private static bool IsData(StandInRequest request) => request.Method == "GET" && request.Target.Contains("/data/", StringComparison.Ordinal) && !request.Target.Contains("list-type", StringComparison.Ordinal);

    private string On(string name) => Path.Combine(folder.FullName, name);

    private async Task CopyAsync(RealStore real)
    {
        var memory = await made.CopyAsync(Codec.Zstd, true);
        await foreach (var found in memory.ListAsync(ObjectLayout.Root(OurBackups.Of(Codec.Zstd, true)), CancellationToken.None))
            await real.Store.PutAsync(found.Key, await OurBackups.ReadAsync(memory, found.Key), PutCondition.None, CancellationToken.None);
    }

    private async Task UnpackAsync(byte[] stream, string name)
    {
        Directory.CreateDirectory(On(name));
        await File.WriteAllBytesAsync(On($"{name}.stream"), stream);
        await MariaDbInstance.RunAsync(new ProcessStartInfo("bash", ["-c", "mbstream -x -C \"$1\" < \"$1.stream\"", "unpack", On(name)]));
        File.Delete(On($"{name}.stream"));
    }

    // The verb from its file on, as a person would call it.
    private async Task<byte[]> FetchAsync(RealStore real, object which, string keys = "")
    {
        var credentials = Directory.CreateDirectory(On("credentials")).FullName;
        await File.WriteAllTextAsync(Path.Combine(credentials, "AWS_ACCESS_KEY_ID"), real.Settings.Credentials!.AccessKeyId);
        await File.WriteAllTextAsync(Path.Combine(credentials, "AWS_SECRET_ACCESS_KEY"), real.Settings.Credentials.SecretAccessKey.Reveal());
        var request = JsonSerializer.SerializeToNode(which, ProtocolJson.Default.Options)!;
        request["storage"] = JsonSerializer.SerializeToNode(new StorageRequest
        {
            Name = "main",
            Type = StorageType.S3,
            CredentialsSecret = "s3",
            S3 = new S3StorageRequest { Bucket = real.Settings.Bucket, Prefix = real.Prefix, Endpoint = real.Settings.Endpoint },
        }, ProtocolJson.Default.Options);
        request["files"] = JsonSerializer.SerializeToNode(new { credentials, encryptionKeys = keys });
        await File.WriteAllTextAsync(On("request.json"), request.ToJsonString());
        using var output = new MemoryStream();
        await using var messages = new StringWriter();

        var exitCode = await new FetchMain(output, messages, TimeProvider.System).RunAsync(On("request.json"), lists: false, CancellationToken.None);

        Assert.True(exitCode == 0, messages.ToString());
        Assert.Equal("", messages.ToString());
        return output.ToArray();
    }
}
