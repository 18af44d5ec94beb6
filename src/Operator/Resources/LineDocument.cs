using ControlPlane.Abstractions.Fleet;

namespace ControlPlane.Operator.Resources;

/// <summary>How a resource stands in the line for a place in the fleet's budgets.</summary>
internal sealed record LineDocument
{
    public string? Budget { get; init; }

    public int? Position { get; init; }

    public string? ExpectedStart { get; init; }

    public static LineDocument? From(PlaceWait? line) => line is null or { Budget: null, Position: null, ExpectedStart: null } ? null : new()
    {
        Budget = line.Budget,
        Position = line.Position,
        ExpectedStart = KubernetesTime.Write(line.ExpectedStart),
    };
}
