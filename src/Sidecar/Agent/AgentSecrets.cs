using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Agent;

/// <summary>
/// The agent's certificate and the keys that tickets are checked with. The files are read anew for each handshake and each ticket (both
/// are rare, the files are small), so a rotation takes effect at once; a set that does not fit together, as while the kubelet swaps the
/// folder, leaves the former one in force. Connections that are open go on.
/// </summary>
internal sealed class AgentSecrets(string folder)
{
    private readonly Lock gate = new();
    private string? seenCertificate;
    private SslStreamCertificateContext? certificate;
    private string? seenKeys;
    private IReadOnlyCollection<ECDsa> keys = [];

    /// <summary>The certificate to show, or null when there never was a usable one.</summary>
    internal SslStreamCertificateContext? Certificate()
    {
        lock (gate)
        {
            var text = Text(AgentFiles.Certificate);
            var key = Text(AgentFiles.PrivateKey);
            if (text is not null && key is not null && text + key is var both && both != seenCertificate && Load(text, key) is { } loaded)
                (seenCertificate, certificate) = (both, loaded);
            return certificate;
        }
    }

    /// <summary>The keys in force.</summary>
    internal IReadOnlyCollection<ECDsa> TicketKeys()
    {
        lock (gate)
        {
            if (Text(AgentFiles.TicketKeys) is { } text && text != seenKeys && LoadKeys(text) is { Count: > 0 } loaded)
                (seenKeys, keys) = (text, loaded);
            return keys;
        }
    }

    private static SslStreamCertificateContext? Load(string text, string key)
    {
        try
        {
            using var pair = X509Certificate2.CreateFromPem(text, key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPem(text);

            // The system's TLS wants the key in its own form, which the round trip through PKCS #12 gives it.
            var leaf = X509CertificateLoader.LoadPkcs12(pair.Export(X509ContentType.Pkcs12), null);
            return SslStreamCertificateContext.Create(leaf, [.. chain.Skip(1)], offline: true);
        }
        catch (CryptographicException)
        {
            return null;
        }
    }

    private static List<ECDsa> LoadKeys(string text)
    {
        var found = new List<ECDsa>();
        var rest = text.AsSpan();
        while (PemEncoding.TryFind(rest, out var fields))
        {
            if (rest[fields.Label] is "PUBLIC KEY" && LoadKey(rest[fields.Location]) is { } key)
                found.Add(key);
            rest = rest[fields.Location.End..];
        }

        return found;
    }

    private static ECDsa? LoadKey(ReadOnlySpan<char> pem)
    {
        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(pem);
            return key;
        }
        catch (CryptographicException)
        {
            key.Dispose();
            return null;
        }
    }

    private string? Text(string name)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, name), Encoding.ASCII);
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
