using System.Globalization;
using System.Text.Json;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Protection;

/// <summary>Notes the StatefulSets that look like databases, whoever made them. Nothing of them is kept but names, image and number.</summary>
internal sealed class DatabaseHandler(ProtectionRegister register, IOptions<DiscoveryOptions> options, TimeProvider time) : IResourceHandler
{
    public string Kind => "StatefulSet";

    public string Collection => "apis/apps/v1/statefulsets";

    /// <summary>Switched off, it is never time to look.</summary>
    public Task ReadyAsync(CancellationToken cancellationToken) => options.Value.Enabled ? Task.CompletedTask : Task.Delay(Timeout.InfiniteTimeSpan, time, cancellationToken);

    /// <summary>A StatefulSet's status changes with each of its Pods, which is no news here.</summary>
    public string Remember(ResourceHeader header) => header.Generation.ToString(CultureInfo.InvariantCulture);

    public void Begin(MemberKey member) => register.ForgetDatabases(member);

    public void End(MemberKey member) => register.ForgetDatabases(member);

    public void Settled(MemberKey member, string version) => register.SettleDatabases(member);

    public Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        if (change.Resource is not { } resource)
        {
            register.Forget(change.Member, change.Namespace, change.Name);
            return Task.CompletedTask;
        }
        if (change.Before == change.Remembered)
            return Task.CompletedTask;
        using var document = JsonDocument.Parse(resource.Document);
        if (DatabaseImages.Find(document.RootElement, options.Value.Known) is { } image)
            register.Note(change.Member, change.Namespace, change.Name, new(change.Uid, StatusText.Cut(image, 512), DatabaseImages.Replicas(document.RootElement), resource.Header.Created, time.GetUtcNow()));
        else
            register.Forget(change.Member, change.Namespace, change.Name);
        return Task.CompletedTask;
    }
}
