using ControlPlane.Abstractions.Members;

namespace ControlPlane.Operator.Security;

/// <summary>
/// By which name agents, their certificates and tickets go for a namespace. The same name in another member is another place: what opens a database
/// here opens no namesake there.
/// </summary>
internal static class AgentPlace
{
    /// <summary>The namespace itself where the plane runs, so that agents from before there were members go on; with the member's name behind it elsewhere.</summary>
    public static string Of(MemberKey member, string @namespace) => member.Name == MemberKey.Local ? @namespace : $"{@namespace}.{member.Name}";
}
