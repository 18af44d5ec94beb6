using System.Security.Cryptography;
using Amazon.Runtime;
using Amazon.S3;

namespace ControlPlane.Storage;

/// <summary>One bucket of S3 or of a compatible store through one client.</summary>
internal sealed class S3Connection : StoreConnection, IDisposable
{
    private readonly S3Faults faults;
    private readonly Lazy<HttpMessageInvoker> plain;

    public S3Connection(S3StoreSettings settings, TimeProvider time)
        : base(settings.Prefix, settings.StallTimeout, settings.Pace, time)
    {
        Settings = settings;
        Location = $"{settings.Dialect.Scheme}://{settings.Bucket}/{settings.Prefix}".TrimEnd('/');
        faults = new S3Faults(settings, Location, settings.Endpoint?.GetLeftPart(UriPartial.Authority) ?? $"AWS S3 ({settings.Region})");
        Client = S3ClientFactory.Create(settings);
        if (settings.Dialect.Unwanted is { } unwanted)
        {
            Client.BeforeRequestEvent += (_, request) => (request as WebServiceRequestEventArgs)?.Headers.Remove(unwanted);
        }

        plain = new Lazy<HttpMessageInvoker>(() => new HttpMessageInvoker(
            StoreHandler.Create(settings.ConnectTimeout, settings.VerifyTls, StoreHandler.Trust(settings.CaBundlePem))));
        WholeChecksum = settings.Dialect.Checksum == S3Checksum.Crc32C ? S3WholeChecksum.FullObject : S3WholeChecksum.None;
        SignsBody = settings.Endpoint?.Scheme == Uri.UriSchemeHttp;
    }

    public S3StoreSettings Settings { get; }

    public AmazonS3Client Client { get; }

    /// <summary>The way without the SDK, for what it cannot say.</summary>
    public HttpMessageInvoker Plain => plain.Value;

    public string Bucket => Settings.Bucket;

    public string Location { get; }

    /// <summary>
    /// Over TLS the body's signature would only prove what TLS and the checksum prove already, at a SHA-256 over all bytes. Without TLS
    /// stores demand it.
    /// </summary>
    public bool SignsBody { get; }

    /// <summary>The best that the store has taken so far, so that it is not asked in vain each time.</summary>
    public S3WholeChecksum WholeChecksum { get; set; }

    /// <summary>The checksum of a body in the form of <c>Content-MD5</c>, which every store takes.</summary>
    public static string Md5(ReadOnlySpan<byte> content)
    {
#pragma warning disable CA5351 // Against what happens on the way, not against an attacker: that is TLS.
        return Convert.ToBase64String(MD5.HashData(content));
#pragma warning restore CA5351
    }

    /// <summary>Sets what the owner asked for on a request that makes an object.</summary>
    public void Encrypt(Action<ServerSideEncryptionMethod> setMethod, Action<string> setKey)
    {
        if (Settings.ServerSideEncryption is { } method)
        {
            setMethod(ServerSideEncryptionMethod.FindValue(method));
        }

        if (Settings.KmsKeyId is { } key)
        {
            setKey(key);
        }
    }

    /// <inheritdoc/>
    public override ObjectStoreException? Translate(string what, Exception trouble, StallWatch watch) => faults.Read(what, trouble, watch);

    /// <summary>The fault that an answer stands for.</summary>
    public ObjectStoreException Translate(string what, System.Net.HttpStatusCode status, string? code, string? words) =>
        faults.ReadAnswer(what, status, code, words);

    /// <summary>The fault that one entry of a batch's answer stands for.</summary>
    public ObjectStoreException Translate(string what, string code, string words) =>
        faults.ReadAnswer(what, System.Net.HttpStatusCode.OK, code, words);

    /// <summary>The fault of an object whose checksum is another than that of what was sent.</summary>
    public ObjectStoreException Corrupted(string what) => faults.ReadAnswer(what, System.Net.HttpStatusCode.OK, "XAmzContentChecksumMismatch", null);

    public void Dispose()
    {
        Client.Dispose();
        if (plain.IsValueCreated)
        {
            plain.Value.Dispose();
        }
    }
}
