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

    Task HandleAsync(ResourceChange change, CancellationToken cancellationToken);
}
