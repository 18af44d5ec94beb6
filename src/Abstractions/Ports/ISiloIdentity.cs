using System.Security.Cryptography.X509Certificates;

namespace ControlPlane.Abstractions.Ports;

/// <summary>By what the silos of one plane know one another: certificates of the plane's own authority.</summary>
public interface ISiloIdentity
{
    /// <summary>The name that stands in each of them, and in no other.</summary>
    string Name { get; }

    /// <summary>The certificate of this silo, with its key. Another one after its renewal.</summary>
    X509Certificate2 Certificate { get; }

    /// <summary>Whether the certificate is that of a silo of this plane.</summary>
    bool IsSilo(X509Certificate2 certificate);
}
