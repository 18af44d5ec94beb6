using System.Text.Json;
using ControlPlane.Bench.DataPath;
using ControlPlane.Bench.Running;
using ControlPlane.Protocol;

namespace ControlPlane.Bench.Restore;

/// <summary>The runner as a Job's Pod has it, one process for each run: its request and credentials in a folder, and a volume that it works on.</summary>
internal sealed class RunnerJob(string folder, Target target)
{
    /// <summary>Lays request and credentials down.</summary>
    /// <param name="target">The store.</param>
    /// <param name="name">What the job is called; its folder too.</param>
    /// <param name="request">The request, for the storage it gets.</param>
    internal static RunnerJob Prepare(Target target, string name, Func<StorageRequest, JobRequest> request)
    {
        var folder = Directory.CreateDirectory(Path.Combine(Workplace.Folder, "restore", name.Replace(", ", "-", StringComparison.Ordinal))).FullName;
        var credentials = Directory.CreateDirectory(Path.Combine(folder, "credentials")).FullName;
        File.WriteAllText(Path.Combine(credentials, "AWS_ACCESS_KEY_ID"), target.AccessKey);
        File.WriteAllText(Path.Combine(credentials, "AWS_SECRET_ACCESS_KEY"), target.SecretKey);
        var storage = new StorageRequest
        {
            Name = target.Name,
            Type = StorageType.S3,
            CredentialsSecret = "bench",
            S3 = new S3StorageRequest { Bucket = target.Bucket, Prefix = Target.Prefix.TrimEnd('/'), Region = target.Region, Endpoint = target.Endpoint },
        };
        File.WriteAllBytes(Path.Combine(folder, "request.json"), JsonSerializer.SerializeToUtf8Bytes(request(storage), ProtocolJson.Default.JobRequest));
        return new RunnerJob(folder, target);
    }

    /// <summary>Runs it; throws what it reports when it does not succeed.</summary>
    internal async Task<(JobReport Report, Cost Cost, double Seconds)> RunAsync(string volume)
    {
        var start = TimeProvider.System.GetTimestamp();
        await using var runner = Child.Start("restore", [Workplace.Setting("BENCH_UPLOAD"), "restore-only", folder, volume], target.Environment);
        try
        {
            var cost = await runner.SucceedAsync();
            var seconds = TimeProvider.System.GetElapsedTime(start).TotalSeconds;
            return (JsonSerializer.Deserialize(await File.ReadAllBytesAsync(RestoreOnly.Report(folder)), ProtocolJson.Default.JobReport)!, cost, seconds);
        }
        catch (InvalidOperationException trouble) when (File.Exists(RestoreOnly.Report(folder)))
        {
            throw new InvalidOperationException(await File.ReadAllTextAsync(RestoreOnly.Report(folder)), trouble);
        }
    }
}
