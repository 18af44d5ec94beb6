using System.Globalization;
using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>Takes each new generation of a <c>MySQLCluster</c> to its grain, as a spec or as the list of its faults.</summary>
internal sealed class ClusterHandler(IGrainFactory grains) : IResourceHandler
{
    public string Kind => ApiGroup.Clusters.Kind;

    public string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Clusters.Plural}";

    /// <summary>A change of status alone is no news for the grain: it wrote it.</summary>
    public string Remember(ResourceHeader header) => string.Create(CultureInfo.InvariantCulture, $"{header.Generation} {Word(header, ApiGroup.Annotations.Sweep)}|{Word(header, ApiGroup.Annotations.Import)}").TrimEnd('|', ' ');

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<IClusterGrain>(new ClusterKey(change.Member, change.Namespace, change.Name).ToString());
        if (change.Resource is not { } resource)
        {
            await grain.ForgetAsync(change.Uid, cancellationToken);
            return;
        }
        if (change.Before == change.Remembered)
            return;
        using var document = JsonDocument.Parse(resource.Document);
        var reading = ClusterReader.Read(resource.Header, document.RootElement);
        await (reading.Spec is { } spec ? grain.ApplyAsync(spec, cancellationToken) : grain.RefuseAsync(reading.Faults!, cancellationToken));
        if (Word(resource.Header, ApiGroup.Annotations.Sweep) is { Length: > 0 } sweep)
            await grain.AskForSweepAsync(new() { Uid = resource.Header.Uid, Word = sweep }, cancellationToken);
        if (Word(resource.Header, ApiGroup.Annotations.Import) is { Length: > 0 } import)
            await grain.AskForImportAsync(new() { Uid = resource.Header.Uid, Word = import, Done = ImportDocument.EndedWord(document.RootElement) }, cancellationToken);
    }

    // Whatever the owner wrote; what goes beyond the longest word makes no difference.
    private static string Word(ResourceHeader header, string annotation) =>
        header.Annotations.TryGetValue(annotation, out var word) ? word.Trim()[..Math.Min(word.Trim().Length, SweepWish.LongestWord)] : "";
}
