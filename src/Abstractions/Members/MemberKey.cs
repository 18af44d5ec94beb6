namespace ControlPlane.Abstractions.Members;

/// <summary>Names one Kubernetes cluster whose resources this control plane watches.</summary>
[GenerateSerializer, Immutable, Alias("MemberKey")]
public readonly record struct MemberKey
{
    /// <summary>The member that a plane without further configuration watches: the Kubernetes cluster it runs in.</summary>
    public const string Local = "local";

    /// <summary>Names a member.</summary>
    /// <param name="name">An RFC 1123 label.</param>
    public MemberKey(string name) => Name = Rfc1123.Label(name, nameof(name));

    /// <summary>The member's name.</summary>
    [Id(0)]
    public string Name { get; }

    /// <summary>The grain key; the slash keeps the stock storage provider from reading a name as a number.</summary>
    public override string ToString() => $"member/{Name}";

    /// <summary>Reads a grain key.</summary>
    public static MemberKey Parse(string key) => new(key["member/".Length..]);
}
