using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;

namespace ControlPlane.Operator.Watching;

/// <summary>What a watch found of one resource: how it is now, or that it is gone.</summary>
internal sealed record ResourceChange
{
    public required MemberKey Member { get; init; }

    public required string Namespace { get; init; }

    public required string Name { get; init; }

    public required string Uid { get; init; }

    /// <summary>The header and the whole document; null when it is gone.</summary>
    public SeenResource? Resource { get; init; }

    /// <summary>What its handler wanted remembered of it: see <see cref="IResourceHandler.Remember(MemberKey, ResourceHeader)"/>.</summary>
    public string? Remembered { get; init; }

    /// <summary>The same of what was handled last; null for a resource that is new here. What was replaced unhandled does not count.</summary>
    public string? Before { get; init; }

    /// <summary>The order of changes is kept for each key.</summary>
    public (string Namespace, string Name) Key => (Namespace, Name);
}

/// <summary>A resource as it was seen.</summary>
/// <param name="Header">Its header.</param>
/// <param name="Document">The whole document as JSON.</param>
internal sealed record SeenResource(ResourceHeader Header, ReadOnlyMemory<byte> Document);
