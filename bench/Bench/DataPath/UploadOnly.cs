using System.Text.Json;
using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;
using ControlPlane.Sidecar.Runner.Flow;
using ControlPlane.Sidecar.Runner.Sealing;
using Microsoft.Win32.SafeHandles;

namespace ControlPlane.Bench.DataPath;

/// <summary>
/// The runner without its read-back and its manifest, for a store that keeps nothing: its own classes, from the agent's stream, or from one out of a pipe, to the
/// last segment, in a process of its own with the runner's settings.
/// </summary>
internal static class UploadOnly
{
    internal static async Task RunAsync(string folder, bool fromPipe)
    {
        await using var file = File.OpenRead(On(folder, JobFiles.Request));
        var request = (await JsonSerializer.DeserializeAsync(file, ProtocolJson.Default.JobRequest))!;
        var meter = new TransferMeter();
        var segments = await (fromPipe ? FromPipeAsync(request, folder, meter) : FromAgentAsync(request, folder, meter));
        Console.Error.WriteLine(
            $"{meter.BytesRead} bytes as {segments.Sum(segment => segment.StoredBytes)} in {segments.Count} segments, {meter.PartsAtOnce} parts at a time at the end, {meter.RequestsRepeated} requests repeated");
    }

    private static async Task<IReadOnlyList<StoredSegment>> FromAgentAsync(JobRequest request, string folder, TransferMeter meter)
    {
        var ticket = await File.ReadAllTextAsync(On(folder, JobFiles.Ticket));
        var source = request.Source!;
        using var agent = new AgentClient(source, request.Backup.Uid, ticket, TimeProvider.System);
        using var response = await agent.BeginAsync(new AgentRunRequest { Attempt = request.Attempt, Engine = source.Engine }, CancellationToken.None);
        await using var stream = new SourceStream(await response.Content.ReadAsStreamAsync(), source.Pod);
        var segments = await StoreAsync(stream, request, folder, meter);
        if (await agent.ResultAsync(CancellationToken.None) is not { Phase: AgentRunPhase.Succeeded } result || result.BytesRead != meter.BytesRead)
            throw new InvalidOperationException("The stream did not arrive whole.");
        return segments;
    }

    // As the peers have it: no agent and no TLS before the stream, but still with the check of its frames.
    private static async Task<IReadOnlyList<StoredSegment>> FromPipeAsync(JobRequest request, string folder, TransferMeter meter)
    {
        using var input = new SafeFileHandle(0, ownsHandle: false);
        await using var pipe = new FileStream(input, FileAccess.Read, bufferSize: 0);
        await using var stream = new SourceStream(pipe, "pipe");
        var segments = await StoreAsync(stream, request, folder, meter);
        return stream.Objection is null ? segments : throw new InvalidOperationException(stream.Objection);
    }

    private static async Task<IReadOnlyList<StoredSegment>> StoreAsync(SourceStream stream, JobRequest request, string folder, TransferMeter meter)
    {
        var files = new RunnerFiles { Credentials = On(folder, JobFiles.Credentials) };
        var store = StoreOpener.Open(request.Storage, files, TimeProvider.System, _ => meter.CountRepeated());
        using var seal = BackupSeal.Begin(request, request.Sealing is { } sealing ? new OwnerKeys(sealing, On(folder, JobFiles.EncryptionKeys)) : null);
        var place = new StreamTarget(store, ObjectLayout.Root(request.Backup), request.Attempt, SegmentPlan.Standard, meter);
        return await new StreamStorer(place, request.Compression, FlowPlan.OfThisProcess(request.Compression), TimeProvider.System, seal).StoreAsync(stream, CancellationToken.None);
    }

    private static string On(string folder, string file) => Path.Combine(folder, file["/var/run/".Length..]);
}
