using ControlPlane.Abstractions.Members;

namespace ControlPlane.Abstractions.Drills;

/// <summary>Names one drill resource.</summary>
[GenerateSerializer, Immutable, Alias("DrillKey")]
public readonly record struct DrillKey
{
    /// <summary>Names a drill.</summary>
    public DrillKey(MemberKey member, string @namespace, string name)
    {
        Member = member;
        Namespace = Rfc1123.Label(@namespace, nameof(@namespace));
        Name = Rfc1123.Subdomain(name, nameof(name));
    }

    /// <summary>The Kubernetes cluster it lives in.</summary>
    [Id(0)]
    public MemberKey Member { get; }

    /// <summary>Its namespace.</summary>
    [Id(1)]
    public string Namespace { get; }

    /// <summary>The resource's name.</summary>
    [Id(2)]
    public string Name { get; }

    /// <summary>The form used as a grain key and in logs: <c>member/namespace/name</c>.</summary>
    public override string ToString() => ResourceKeys.Write(Member, Namespace, Name);

    /// <summary>Reads a grain key.</summary>
    public static DrillKey Parse(string key)
    {
        var (member, @namespace, name) = ResourceKeys.Read(key, "drill");
        return new(member, @namespace, name);
    }
}
