using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Sealing;

namespace ControlPlane.Bench.DataPath;

/// <summary>
/// The runner without its read-back and its manifest, for a store that keeps nothing: its own classes, from the agent's stream to the last
/// segment, in a process of its own with the runner's settings.
/// </summary>
internal static class UploadOnly
{
    internal static async Task RunAsync(string folder)
    {
        var files = new RunnerFiles { Credentials = On(folder, JobFiles.Credentials) };
        await using var file = File.OpenRead(On(folder, JobFiles.Request));
        var request = (await JsonSerializer.DeserializeAsync(file, ProtocolJson.Default.JobRequest))!;
        var ticket = await File.ReadAllTextAsync(On(folder, JobFiles.Ticket));
        var store = StoreOpener.Open(request.Storage, files, TimeProvider.System, retry => Console.Error.WriteLine(retry.Trouble.Message));
        var source = request.Source!;
        using var agent = new AgentClient(source, request.Backup.Uid, ticket, TimeProvider.System);
        using var response = await agent.BeginAsync(new AgentRunRequest { Attempt = request.Attempt, Engine = source.Engine }, CancellationToken.None);
        await using var stream = new SourceStream(await response.Content.ReadAsStreamAsync(), source.Pod);
        var meter = new TransferMeter();
        using var seal = BackupSeal.Begin(request, request.Sealing is { } sealing ? new OwnerKeys(sealing, On(folder, JobFiles.EncryptionKeys)) : null);
        var storer = new StreamStorer(store, ObjectLayout.Root(request.Backup), request.Attempt, request.Compression, SegmentPlan.Standard, meter, seal);
        var segments = await storer.StoreAsync(stream, CancellationToken.None);
        if (await agent.ResultAsync(CancellationToken.None) is not { Phase: AgentRunPhase.Succeeded } result || result.BytesRead != meter.BytesRead)
            throw new InvalidOperationException("The stream did not arrive whole.");
        Console.Error.WriteLine($"{meter.BytesRead} bytes as {segments.Sum(segment => segment.StoredBytes)} in {segments.Count} segments");
    }

    private static string On(string folder, string file) => Path.Combine(folder, file["/var/run/".Length..]);
}
