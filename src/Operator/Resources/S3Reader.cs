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
        var (bucket, prefix) = PlaceReader.Read(section, "bucket", FieldChecks.Bucket, FieldChecks.Prefix);
        var region = section.Text("region", FieldChecks.Region) ?? "";
        var endpoint = PlaceReader.Endpoint(section, "bucket");
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
