using ControlPlane.Abstractions.Members;

namespace ControlPlane.Abstractions.Backups;

/// <summary>Names one backup resource.</summary>
[GenerateSerializer, Immutable, Alias("BackupKey")]
public readonly record struct BackupKey
{
    /// <summary>Names a backup.</summary>
    public BackupKey(MemberKey member, string @namespace, string name)
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
    public static BackupKey Parse(string key)
    {
        var (member, @namespace, name) = ResourceKeys.Read(key, "backup");
        return new(member, @namespace, name);
    }
}
