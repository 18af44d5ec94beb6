using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>Reads one entry of <c>spec.backup.storages</c>.</summary>
internal static class StorageReader
{
    /// <summary>Where a storage stands in the schema.</summary>
    public const string Pattern = "spec.backup.storages.*";

    /// <summary>Less would need half a day for 3 GiB, and make a store wait for a part until it gives up.</summary>
    public const long SlowestUpload = 64L << 10;

    /// <summary>More than any machine sends: a limit beyond it is a slip in the unit.</summary>
    public const long FastestUpload = 1L << 40;

    /// <summary>What says, together with <c>type</c>, where a storage is and how its endpoint is trusted: said by one, or not at all.</summary>
    public static readonly IReadOnlyList<string> PlaceFields = [StorageTypes.S3, StorageTypes.Gcs, StorageTypes.Azure, StorageTypes.FileSystem, "verifyTLS", "caBundle"];

    private const int DefaultLevel = 1;
    private const int HighestLevel = 19;
    private const int HighestLz4Level = 12;

    /// <summary>The storage; its fields are only to be trusted when there were no faults. Null when not even its type is known.</summary>
    public static StorageSpec? Read(string name, FieldReader storage)
    {
        if (!storage.IsPart || PlaceFields.Any(storage.Has))
            storage.Demand("type");
        var type = StorageTypes.Read(storage.Word("type", StorageTypes.S3, StorageTypes.Gcs, StorageTypes.Azure, StorageTypes.FileSystem));
        var verifyTls = storage.Flag("verifyTLS") ?? true;
        var bundle = ReadBundle(storage, type, verifyTls);
        var (s3, s3Secret) = S3Reader.Read(Only(storage, StorageTypes.S3, type == StorageType.S3, type));
        var (gcs, gcsSecret) = GcsReader.Read(Only(storage, StorageTypes.Gcs, type == StorageType.Gcs, type));
        var (azure, azureSecret) = AzureReader.Read(Only(storage, StorageTypes.Azure, type == StorageType.Azure, type));
        var volume = ReadVolume(Only(storage, StorageTypes.FileSystem, type == StorageType.FileSystem, type));
        var compression = ReadCompression(storage);
        var sealing = ReadKey(storage);
        var bandwidth = storage.Bytes("uploadBandwidth", SlowestUpload, FastestUpload);
        var readBack = storage.Word("readBack", nameof(ReadBack.Full), nameof(ReadBack.Listing));
        var options = ContainerOptionsReader.Read(storage.Section("containerOptions"));
        var pod = PodSettingsReader.Read(storage, PodSettings.StorageFields);
        storage.Close();
        return type is null ? null : new()
        {
            Request = new()
            {
                Name = name,
                Type = type.Value,
                VerifyTls = verifyTls,
                HasCaBundle = bundle is not null,
                CredentialsSecret = s3Secret ?? gcsSecret ?? azureSecret,
                S3 = s3,
                Gcs = gcs,
                Azure = azure,
                FileSystem = volume,
            },
            CaBundle = bundle,
            Compression = compression,
            ContainerOptions = options ?? new(),
            PodJson = pod,
            Sealing = sealing,
            UploadBytesPerSecond = bandwidth,
            ReadBack = readBack == nameof(ReadBack.Listing) ? ReadBack.Listing : ReadBack.Full,
        };
    }

    /// <summary>Which of the owner's keys backups are sealed with: of one storage, or the default of all.</summary>
    public static SealingRequest? ReadKey(FieldReader parent)
    {
        if (parent.Section("encryptionKeySecret") is not { } section)
            return null;
        var secret = section.Required("name", FieldChecks.Subdomain);
        var id = section.Text("key", FieldChecks.SecretKey) ?? SealingRequest.DefaultKeyId;
        section.Close();
        return secret is null ? null : new() { SecretName = secret, KeyId = id };
    }

    // Exactly the section that the type names is there; where the type itself is at fault, either is read for its own faults.
    private static FieldReader? Only(FieldReader storage, string section, bool wanted, StorageType? type)
    {
        if (wanted)
            storage.Demand(section);
        else if (type is { } other && storage.Has(section))
            storage.Add(section, $"does not belong to a storage of type {StorageTypes.Word(other)}; remove it, or change the type to {section}");
        return storage.Section(section);
    }

    private static SecretKeyReference? ReadBundle(FieldReader storage, StorageType? type, bool verifyTls)
    {
        if (storage.Section("caBundle") is not { } bundle)
            return null;
        var secret = bundle.Required("secretName", FieldChecks.Subdomain);
        var key = bundle.Text("key", FieldChecks.SecretKey) ?? "ca.crt";
        bundle.Close();
        if (type == StorageType.FileSystem)
            storage.Add("caBundle", "has no effect on a storage of type filesystem; remove it");
        else if (!verifyTls)
            storage.Add("caBundle", "has no effect while verifyTLS is false; remove one of them");
        return secret is null ? null : new(secret, key);
    }

    private static FileSystemStorageRequest? ReadVolume(FieldReader? section)
    {
        if (section is null)
            return null;
        var claim = section.Required("persistentVolumeClaim", FieldChecks.Subdomain);
        var path = section.Text("path", FieldChecks.Prefix) ?? "";
        section.Close();
        return claim is null ? null : new() { PersistentVolumeClaim = claim, Path = path.Trim('/') };
    }

    private static CompressionRequest ReadCompression(FieldReader storage)
    {
        if (storage.Section("compression") is not { } section)
            return new();
        var codec = Codecs.Read(section.Word("codec", Codecs.Words)) ?? Codec.Zstd;
        var level = section.Number("level", 1, HighestLevel);
        if (codec == Codec.None && level is not null)
            section.Add("level", "has no effect with codec none; remove it");
        else if (codec == Codec.Lz4 && level > HighestLz4Level)
            section.Add("level", string.Create(CultureInfo.InvariantCulture, $"is {level}; lz4 has levels 1 to {HighestLz4Level}"));
        section.Close();
        return new() { Codec = codec, Level = (int)(level ?? DefaultLevel) };
    }
}
