using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Bench.Restore;

/// <summary>The runner as a Job starts it, with its files in a folder of the bench's, in a process of its own with the runner's settings.</summary>
internal static class RestoreOnly
{
    internal static Task<int> RunAsync(string folder, string volume) => new RunnerMain(
        new RunnerFiles
        {
            Request = Path.Combine(folder, "request.json"),
            Credentials = Path.Combine(folder, "credentials"),
            EncryptionKeys = Download.Shelf.Keys,
            DataVolume = volume,
            TerminationMessage = Report(folder),
        },
        TimeProvider.System,
        NullLogger.Instance).RunAsync(CancellationToken.None);

    /// <summary>Where it leaves its report.</summary>
    internal static string Report(string folder) => Path.Combine(folder, "report.json");

    /// <summary>What it is asked: to restore onto a volume or, with a drill's request, to prove the backup there.</summary>
    internal static JobRequest Request(StorageRequest storage, Codec codec, bool seals, DrillRequest? drill = null) => new()
    {
        Version = JobRequest.RestoreVersion,
        Operation = drill is null ? JobOperation.RestoreVolume : JobOperation.Drill,
        Backup = new BackupIdentity { Namespace = "bench", Cluster = "bench", Name = "restore", Uid = "restore" },
        Attempt = 1,
        Storage = storage,
        Sealing = seals ? Download.Shelf.Sealing : null,
        Restore = new RestoreRequest
        {
            Source = new RestoreSource { Backup = Download.Shelf.Identity(codec, seals) },
            Volume = drill is null ? new VolumeRequest { Name = "data" } : null,
            Drill = drill,
        },
    };
}
