using System.Security.Cryptography;
using ControlPlane.Protocol;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Security;

/// <summary>Signs tickets, and publishes what they are checked with. The private keys never leave the silo.</summary>
internal sealed class TicketOffice(IOptions<OperatorOptions> options, TimeProvider time) : IDisposable
{
    private readonly KeyRing<ECDsa> keys =
        new(new(options.Value.Keys(OperatorOptions.TicketKeys), Make, options.Value.KeysAreShared), Parse, options.Value.KeyOverlap, time);

    private readonly Lock signing = new();

    /// <summary>The public keys as PEM blocks, for agents.</summary>
    public string PublicKeys => string.Concat(keys.All.Select(key => key.ExportSubjectPublicKeyInfoPem() + "\n"));

    /// <summary>A signed ticket, valid from now on for the given time.</summary>
    public string Issue(string @namespace, string cluster, TicketOperation operation, string uid, DateTimeOffset expires)
    {
        // A key of the platform's cryptography may not be used by two threads at once.
        lock (signing)
            return new Ticket(@namespace, cluster, operation, uid, expires).Sign(keys.Current, time.GetUtcNow());
    }

    public void Dispose() => keys.Dispose();

    private static string Make()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        return key.ExportPkcs8PrivateKeyPem() + "\n";
    }

    private static ECDsa Parse(string text)
    {
        var key = ECDsa.Create();
        key.ImportFromPem(text);
        return key;
    }
}
