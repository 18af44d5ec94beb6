using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads the section <c>s3</c> of a storage.</summary>
internal static class S3Reader
{
    private const string Kms = "aws:kms";

    public static (S3StorageRequest? Request, string? CredentialsSecret) Read(FieldReader? section)
    {
        if (section is null)
            return default;
        var (bucket, prefix) = ReadPlace(section);
        var region = section.Text("region", FieldChecks.Region) ?? "";
        var endpoint = ReadEndpoint(section);
        var secret = section.Text("credentialsSecret", FieldChecks.Subdomain);
        var pathStyle = section.Flag("forcePathStyle");
        var storageClass = section.Text("storageClass", FieldChecks.StorageClass);
        var (encryption, key) = ReadEncryption(section);
        section.Close();
        return (bucket is null ? null : new()
        {
            Bucket = bucket,
            Prefix = prefix,
            Region = region,
            Endpoint = endpoint,
            ForcePathStyle = pathStyle,
            StorageClass = storageClass,
            ServerSideEncryption = encryption,
            KmsKeyId = key,
        }, secret);
    }

    // `bucket: backups/prod` is how the reference system has it, and as good as `bucket: backups` with `prefix: prod`.
    private static (string? Bucket, string Prefix) ReadPlace(FieldReader section)
    {
        string? bucket = null;
        var within = "";
        section.Required("bucket", text =>
        {
            var parts = text.Split('/', 2);
            (bucket, within) = (parts[0], parts.Length > 1 ? parts[1] : "");
            return FieldChecks.Bucket(parts[0]) ?? FieldChecks.Prefix(within);
        });
        var prefix = section.Text("prefix", FieldChecks.Prefix) ?? "";
        if (within.Trim('/').Length > 0 && prefix.Trim('/').Length > 0)
            section.Add("prefix", "stands in bucket too; give it in one of the two");
        return (bucket, (within.Trim('/').Length > 0 ? within : prefix).Trim('/'));
    }

    private static Uri? ReadEndpoint(FieldReader section)
    {
        if (section.Text("endpointUrl") is not { Length: > 0 } text)
            return null;
        if (EndpointCheck.Objection(text) is not { } objection)
            return new Uri(text);
        section.Add("endpointUrl", objection);
        return null;
    }

    private static (string? Type, string? Key) ReadEncryption(FieldReader section)
    {
        if (section.Section("serverSideEncryption") is not { } encryption)
            return default;
        encryption.Demand("type");
        var type = encryption.Word("type", "AES256", Kms);
        var key = encryption.Text("kmsKeyId", FieldChecks.KmsKey);
        if (type != Kms && key is not null)
            encryption.Add("kmsKeyId", "has no effect with type AES256; remove it, or use type aws:kms");
        encryption.Close();
        return (type, key);
    }
}
