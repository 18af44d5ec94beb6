using System.Globalization;
using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Download;
using ControlPlane.Bench.Flow;
using ControlPlane.Bench.Plane;
using ControlPlane.Bench.Restore;
using ControlPlane.Bench.Stream;

// Started by bench/run.sh. The first ones are benchmarks, the others are the processes that they start.
switch (args)
{
    case ["datapath"]:
        return await DataPathBench.RunAsync();
    case ["download"]:
        return await DownloadBench.RunAsync();
    case ["restore"]:
        return await RestoreBench.RunAsync();
    case ["far"]:
        return await FarBench.RunAsync();
    case ["coders"]:
        return await CodersBench.RunAsync();
    case ["latency"]:
        return await LatencyBench.RunAsync();
    case ["silo"]:
        return await SiloBench.RunAsync();
    case ["pool", var file]:
        await File.WriteAllBytesAsync(file, PagePool.Make());
        return 0;
    case ["stream", var pool, var mebibytes]:
        StandInTool.Stream(pool, long.Parse(mebibytes, CultureInfo.InvariantCulture) << 20);
        return 0;
    case ["stand-in-tool", .. var arguments]:
        return StandInTool.Run(arguments);
    case ["upload-only", var folder, .. var how]:
        await UploadOnly.RunAsync(folder, fromPipe: how is ["pipe"]);
        return 0;
    case ["restore-only", var folder, var volume]:
        return await RestoreOnly.RunAsync(folder, volume);
    case ["slow-way", var port, var target, var latency, var errors]:
        await SlowWay.RunAsync(port, target, latency, errors);
        return 0;
    case ["open-stream", var endpoint, var bucket, var key]:
        await OpenStreamPeer.RunAsync(endpoint, bucket, key);
        return 0;
    case ["transfer-utility", var endpoint, var bucket, var key, var part, var atOnce, var checksums]:
        await TransferUtilityPeer.RunAsync(endpoint, bucket, key, part, atOnce, checksums);
        return 0;
    default:
        await Console.Error.WriteLineAsync("Started by bench/run.sh; see docs/performance.md.");
        return 2;
}
