using System.Globalization;
using System.Text.Json;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Restores;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Status;

namespace ControlPlane.Operator.Watching;

/// <summary>Takes what an owner says in a <c>MySQLRestore</c> to its grain: each new generation, and that it is gone.</summary>
internal sealed class RestoreHandler(IGrainFactory grains, SeenVersions versions) : IResourceHandler
{
    public string Kind => ApiGroup.Restores.Kind;

    public string Collection => $"apis/{ApiGroup.ApiVersion}/{ApiGroup.Restores.Plural}";

    /// <summary>What the owner can change. The status changes every few seconds while a restore runs.</summary>
    public string Remember(ResourceHeader header) => header.Generation.ToString(CultureInfo.InvariantCulture);

    public void End(MemberKey member) => versions.Forget(member);

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        var grain = grains.GetGrain<IRestoreGrain>(new RestoreKey(change.Member, change.Namespace, change.Name).ToString());
        versions.Note(ApiGroup.Restores.Plural, change);
        if (change.Resource is not { } resource)
        {
            await grain.ForgetAsync(change.Uid, cancellationToken);
            return;
        }
        if (change.Before == change.Remembered)
            return;
        using var document = JsonDocument.Parse(resource.Document);
        var reading = RestoreReader.Read(resource.Header, document.RootElement);
        await (reading.Spec is { } spec ? grain.ApplyAsync(spec, cancellationToken) : grain.RefuseAsync(reading.Faults!, cancellationToken));
    }
}
