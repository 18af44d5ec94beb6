namespace ControlPlane.Operator.Policies;

/// <summary>A label selector as Kubernetes has them: all requirements must hold; one without any selects everything.</summary>
internal sealed record LabelSelector(IReadOnlyList<LabelRequirement> Requirements)
{
    public static LabelSelector Everything { get; } = new([]);

    public bool Matches(IReadOnlyDictionary<string, string> labels) => Requirements.All(requirement => requirement.Holds(labels));

    /// <summary>The same text for what <see cref="IsSame"/> says is the same.</summary>
    public override string ToString() => string.Join(';', Requirements.Select(requirement => $"{requirement.Key} {requirement.Operator} {string.Join(',', requirement.Values)}"));

    public bool IsSame(LabelSelector other) => Requirements.Count == other.Requirements.Count
        && Requirements.Zip(other.Requirements).All(pair => pair.First.Key == pair.Second.Key && pair.First.Operator == pair.Second.Operator && pair.First.Values.SequenceEqual(pair.Second.Values));
}

/// <summary>One requirement of a selector. As in Kubernetes, <see cref="LabelOperator.NotIn"/> holds also where the label is absent.</summary>
internal sealed record LabelRequirement(string Key, LabelOperator Operator, IReadOnlyList<string> Values)
{
    public bool Holds(IReadOnlyDictionary<string, string> labels)
    {
        var there = labels.TryGetValue(Key, out var value);
        return Operator switch
        {
            LabelOperator.In => there && Values.Contains(value!),
            LabelOperator.NotIn => !there || !Values.Contains(value!),
            LabelOperator.Exists => there,
            _ => !there,
        };
    }
}

/// <summary>Kubernetes' operators.</summary>
internal enum LabelOperator
{
    In,
    NotIn,
    Exists,
    DoesNotExist,
}
