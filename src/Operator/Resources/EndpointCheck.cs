using System.Net;
using System.Net.Sockets;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// Whether a store's endpoint may be spoken to. A Job runs in the owner's namespace, but with the node's network below it: an endpoint
/// that is a cloud's metadata service would hand the node's identity to whoever may create a cluster.
/// </summary>
internal static class EndpointCheck
{
    private const int Longest = 2048;

    private static readonly string[] MetadataNames = ["metadata", "metadata.google.internal", "metadata.goog", "instance-data", "instance-data.ec2.internal"];

    private static readonly IPAddress[] MetadataAddresses = [IPAddress.Parse("fd00:ec2::254"), IPAddress.Parse("100.100.100.200"), IPAddress.Parse("168.63.129.16")];

    /// <summary>What is wrong with it, without the value: it may hold a password. Null when nothing is.</summary>
    /// <param name="text">The endpoint.</param>
    /// <param name="bucket">What a bucket's field is called beside it.</param>
    public static string? Objection(string text, string bucket)
    {
        if (text.Length > Longest || !Uri.TryCreate(text, UriKind.Absolute, out var address) || address.Scheme is not ("http" or "https") || address.Host.Length == 0)
            return "is no address of a store; use for example https://s3.example.com or http://10.0.0.7:9000";
        if (address.UserInfo.Length > 0)
            return "has a user or password in it; put credentials into the Secret that credentialsSecret names";
        if (address.Query.Length > 0 || address.Fragment.Length > 0 || address.AbsolutePath != "/")
            return $"has a path or query in it; give scheme, host and port alone, and the {bucket} in {bucket}";
        return IsForbidden(address.IdnHost.TrimEnd('.')) ? "is an address of the machine or its cloud's metadata service, not of a store; use the store's own address" : null;
    }

    private static bool IsForbidden(string host)
    {
        if (!IPAddress.TryParse(host, out var ip))
            return MetadataNames.Contains(host, StringComparer.OrdinalIgnoreCase);
        if (ip.IsIPv4MappedToIPv6)
            ip = ip.MapToIPv4();
        return IPAddress.Any.Equals(ip) || IPAddress.IPv6Any.Equals(ip) || IPAddress.Broadcast.Equals(ip) || ip.IsIPv6LinkLocal || ip.IsIPv6Multicast
            || ip.AddressFamily == AddressFamily.InterNetwork && ip.GetAddressBytes() is [169, 254, ..] or [>= 224, ..]
            || MetadataAddresses.Contains(ip);
    }
}
