using ControlPlane.Abstractions.Ports;
using Orleans.Configuration;
using Orleans.Connections.Security;

namespace ControlPlane.Silo;

/// <summary>
/// TLS between silos, both ways: whoever cannot prove to be a silo of this plane reaches no grain, whether or not a NetworkPolicy keeps it
/// away as well. A silo that was given other keys than the rest cannot join by the same rule.
/// </summary>
internal static class SiloTls
{
    public static ISiloBuilder UseSiloTls(this ISiloBuilder silo)
    {
        silo.Services.AddOptions<SiloConnectionOptions>().Configure<ISiloIdentity>((connections, identity) =>
        {
            var tls = Options(identity);
            connections.ConfigureSiloInboundConnection(connection => connection.UseServerTls(tls));
            connections.ConfigureSiloOutboundConnection(connection => connection.UseClientTls(tls));
        });
        return silo;
    }

    private static TlsOptions Options(ISiloIdentity identity) => new()
    {
        // Asked for at each connection: the certificate is renewed while the silo runs.
        LocalServerCertificateSelector = (_, _) => identity.Certificate,
        LocalClientCertificateSelector = (_, _, _, _, _) => identity.Certificate,
        RemoteCertificateMode = RemoteCertificateMode.RequireCertificate,
        RemoteCertificateValidation = (certificate, _, _) => identity.IsSilo(certificate),
        OnAuthenticateAsClient = (_, client) => client.TargetHost = identity.Name,
    };
}
