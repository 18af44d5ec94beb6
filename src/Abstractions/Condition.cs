namespace ControlPlane.Abstractions;

/// <summary>A condition as Kubernetes has them.</summary>
[GenerateSerializer, Immutable, Alias("Condition")]
public sealed record Condition
{
    /// <summary>Its type, for example <c>Accepted</c>.</summary>
    [Id(0)]
    public required string Type { get; init; }

    /// <summary>True, false, or not known.</summary>
    [Id(1)]
    public required bool? Status { get; init; }

    /// <summary>One word from <see cref="Reasons"/>.</summary>
    [Id(2)]
    public required string Reason { get; init; }

    /// <summary>One sentence for people.</summary>
    [Id(3)]
    public string Message { get; init; } = "";

    /// <summary>Since when the status has been as it is.</summary>
    [Id(4)]
    public required DateTimeOffset LastTransition { get; init; }

    /// <summary>The generation it was judged by.</summary>
    [Id(5)]
    public required long ObservedGeneration { get; init; }
}
