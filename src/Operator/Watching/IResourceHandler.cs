using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>Takes the changes of one kind on to the grains. Said again after a failure, so a repeat must be harmless.</summary>
internal interface IResourceHandler
{
    /// <summary>The kind, for logs.</summary>
    string Kind { get; }

    /// <summary>The collection below the API server's address, for example <c>apis/batch/v1/jobs</c>.</summary>
    string Collection { get; }

    /// <summary>Which of them; null for all.</summary>
    string? LabelSelector => null;

    /// <summary>The little that must be known of a resource when it is found gone; null for nothing but its name.</summary>
    string? Remember(ResourceHeader header) => null;

    /// <inheritdoc cref="Remember(ResourceHeader)"/>
    string? Remember(MemberKey member, ResourceHeader header) => Remember(header);

    /// <summary>Done once resources can be judged at all; nothing is listed before.</summary>
    Task ReadyAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    /// <summary>
    /// Cancelled once <see cref="Remember(MemberKey, ResourceHeader)"/> may answer otherwise than before, though no resource changed: all are listed again,
    /// and those are handled of which it does.
    /// </summary>
    CancellationToken Revision => CancellationToken.None;

    /// <summary>By what resources are judged beside themselves: a word that changes when <see cref="Revision"/> is cancelled.</summary>
    string Version => "";

    /// <summary>All that a complete list had that was new was handled, or at least tried once, by this version or a later one.</summary>
    void Settled(MemberKey member, string version)
    {
    }

    /// <summary>A watch of a member begins, and knows nothing yet.</summary>
    void Begin(MemberKey member)
    {
    }

    /// <summary>It ended: what it knew is no longer kept up.</summary>
    void End(MemberKey member)
    {
    }

    Task HandleAsync(ResourceChange change, CancellationToken cancellationToken);
}
