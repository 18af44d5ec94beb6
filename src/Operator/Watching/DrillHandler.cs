using System.Globalization;
using System.Text.Json;
using ControlPlane.Abstractions.Drills;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;

namespace ControlPlane.Operator.Watching;

/// <summary>Takes what an owner says in a <c>RestoreDrill</c> to its grain: each new generation, each new word, and that it is gone.</summary>
internal sealed class DrillHandler(IGrainFactory grains, SeenVersions versions) : IResourceHandler
{
    public string Kind => ApiGroup.Drills.Kind;

    public string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Drills.Plural}";

    /// <summary>A change of status alone is no news for the grain: it wrote it.</summary>
    public string Remember(ResourceHeader header) => string.Create(CultureInfo.InvariantCulture, $"{header.Generation} {DrillReader.Word(header)}").TrimEnd();

    public void End(MemberKey member) => versions.Forget(member);

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<IDrillGrain>(new DrillKey(change.Member, change.Namespace, change.Name).ToString());
        versions.Note(ApiGroup.Drills.Plural, change);
        if (change.Resource is not { } resource)
        {
            await grain.ForgetAsync(change.Uid, cancellationToken);
            return;
        }
        if (change.Before == change.Remembered)
            return;
        using var document = JsonDocument.Parse(resource.Document);
        var reading = DrillReader.Read(resource.Header, document.RootElement);
        await (reading.Spec is { } spec ? grain.ApplyAsync(spec, cancellationToken) : grain.RefuseAsync(reading.Faults!, cancellationToken));
    }
}
