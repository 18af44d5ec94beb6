using System.Globalization;
using System.IO.Hashing;
using System.Text;
using System.Text.Json;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;

namespace ControlPlane.Operator.Watching;

/// <summary>
/// Takes each new generation of a <c>MySQLCluster</c>, together with the policies that select it, to its grain: as a spec or as the list of its
/// faults. When policies change, all clusters are listed again, and those are taken of which they change anything.
/// </summary>
internal sealed class ClusterHandler(IGrainFactory grains, PolicyBook policies, ProtectionRegister register, SeenVersions versions) : IResourceHandler
{
    public string Kind => ApiGroup.Clusters.Kind;

    public string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Clusters.Plural}";

    public CancellationToken Revision => policies.Revision;

    public string Version => policies.Current.Version;

    public void Settled(MemberKey member, string version) => register.Settle(member, version);

    public Task ReadyAsync(CancellationToken cancellationToken) => policies.ReadyAsync(cancellationToken);

    public void Begin(MemberKey member) => register.BeginClusters(member);

    public void End(MemberKey member)
    {
        register.EndClusters(member);
        versions.Forget(member);
    }

    /// <summary>A change of status alone is no news for the grain: it wrote it. Neither the generation nor the words tell of policies.</summary>
    public string Remember(MemberKey member, ResourceHeader header) => string.Create(
        CultureInfo.InvariantCulture,
        $"{header.Generation} {Word(header, ApiGroup.Annotations.Sweep)}|{Word(header, ApiGroup.Annotations.Import)}|{Mark(policies.Current.For(member, header))}").TrimEnd('|', ' ');

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        var key = new ClusterKey(change.Member, change.Namespace, change.Name);
        var grain = grains.GetGrain<IClusterGrain>(key.ToString());
        versions.Note(ApiGroup.Clusters.Plural, change);
        if (change.Resource is not { } resource)
        {
            await grain.ForgetAsync(change.Uid, cancellationToken);
            register.Forget(key);
            return;
        }
        if (change.Before == change.Remembered)
            return;
        using var document = JsonDocument.Parse(resource.Document);
        var selecting = policies.Current.For(change.Member, resource.Header);
        var reading = EffectiveReader.Read(resource.Header, document.RootElement, selecting, out var merged);
        register.Note(key, ClusterNote.Of(reading, ClusterReader.WorkloadOf(document.RootElement), [.. selecting.Select(policy => policy.Name)], merged));
        await (reading.Spec is { } spec ? grain.ApplyAsync(spec, cancellationToken) : grain.RefuseAsync(reading.Faults!, cancellationToken));
        if (Word(resource.Header, ApiGroup.Annotations.Sweep) is { Length: > 0 } sweep)
            await grain.AskForSweepAsync(new() { Uid = resource.Header.Uid, Word = sweep }, cancellationToken);
        if (Word(resource.Header, ApiGroup.Annotations.Import) is { Length: > 0 } import)
            await grain.AskForImportAsync(new() { Uid = resource.Header.Uid, Word = import, Done = ImportDocument.EndedWord(document.RootElement) }, cancellationToken);
    }

    // As short as can be: it is kept for each cluster.
    private static string Mark(IReadOnlyList<PolicySpec> selecting) =>
        selecting.Count == 0 ? "" : XxHash64.HashToUInt64(Encoding.UTF8.GetBytes(PolicySet.Mark(selecting))).ToString("x16", CultureInfo.InvariantCulture);

    // Whatever the owner wrote; what goes beyond the longest word makes no difference.
    private static string Word(ResourceHeader header, string annotation) =>
        header.Annotations.TryGetValue(annotation, out var word) ? word.Trim()[..Math.Min(word.Trim().Length, SweepWish.LongestWord)] : "";
}
