using System.Text.Json;
using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// A storage in a backup's status: the same fields as under <c>spec.backup.storages</c> of the cluster, and the storage's name. It is read
/// back by the same rules: whoever may write a status must not get a Job that a cluster's owner would not get.
/// </summary>
internal static class StorageDocument
{
    public static JsonObject Write(StorageSpec storage)
    {
        var request = storage.Request;
        var document = new JsonObject { ["name"] = request.Name, ["type"] = StorageTypes.Word(request.Type), ["verifyTLS"] = request.VerifyTls };
        if (storage.CaBundle is { } bundle)
            document["caBundle"] = new JsonObject { ["secretName"] = bundle.SecretName, ["key"] = bundle.Key };
        if (request.S3 is { } s3)
            document["s3"] = Write(s3, request.CredentialsSecret);
        if (request.Gcs is { } gcs)
            document["gcs"] = Write(gcs, request.CredentialsSecret);
        if (request.Azure is { } azure)
            document["azure"] = Write(azure, request.CredentialsSecret);
        if (request.FileSystem is { } volume)
            document["filesystem"] = new JsonObject { ["persistentVolumeClaim"] = volume.PersistentVolumeClaim, ["path"] = volume.Path };
        document["compression"] = storage.Compression.Codec == Codec.None
            ? new JsonObject { ["codec"] = "none" }
            : new JsonObject { ["codec"] = Codecs.Word(storage.Compression.Codec), ["level"] = storage.Compression.Level };
        if (storage.Sealing is { } sealing)
            document["encryptionKeySecret"] = new JsonObject { ["name"] = sealing.SecretName, ["key"] = sealing.KeyId };
        if (storage.UploadBytesPerSecond is { } bandwidth)
            document["uploadBandwidth"] = bandwidth;
        if (storage.ReadBack != ReadBack.Full)
            document["readBack"] = storage.ReadBack.ToString();
        if (storage.ContainerOptions is { ToolArguments.Count: > 0 } or { Environment.Count: > 0 })
            document["containerOptions"] = Write(storage.ContainerOptions);
        foreach (var (name, value) in JsonNode.Parse(storage.PodJson)!.AsObject())
            document[name] = value?.DeepClone();
        return document;
    }

    public static StorageSpec? Read(JsonObject document)
    {
        var faults = new FaultList();
        var reader = new FieldReader(JsonSerializer.SerializeToElement(document), "status.storage", StorageReader.Pattern, faults);
        return reader.Required("name", FieldChecks.StorageName) is { } name && StorageReader.Read(name, reader) is { } storage && !faults.Any ? storage : null;
    }

    private static JsonObject Write(S3StorageRequest s3, string? credentialsSecret)
    {
        var section = new JsonObject { ["bucket"] = s3.Bucket };
        if (s3.Prefix.Length > 0)
            section["prefix"] = s3.Prefix;
        if (s3.Region.Length > 0)
            section["region"] = s3.Region;
        if (s3.Endpoint is { } endpoint)
            section["endpointUrl"] = endpoint.OriginalString;
        if (credentialsSecret is not null)
            section["credentialsSecret"] = credentialsSecret;
        if (s3.ForcePathStyle is { } pathStyle)
            section["forcePathStyle"] = pathStyle;
        if (s3.StorageClass is { } storageClass)
            section["storageClass"] = storageClass;
        if (s3.ServerSideEncryption is { } encryption)
            section["serverSideEncryption"] = s3.KmsKeyId is { } key ? new JsonObject { ["type"] = encryption, ["kmsKeyId"] = key } : new JsonObject { ["type"] = encryption };
        return section;
    }

    private static JsonObject Write(GcsStorageRequest gcs, string? credentialsSecret)
    {
        var section = new JsonObject { ["bucket"] = gcs.Bucket };
        if (gcs.Prefix.Length > 0)
            section["prefix"] = gcs.Prefix;
        if (gcs.Endpoint is { } endpoint)
            section["endpointUrl"] = endpoint.OriginalString;
        if (credentialsSecret is not null)
            section["credentialsSecret"] = credentialsSecret;
        if (gcs.StorageClass is { } storageClass)
            section["storageClass"] = storageClass;
        return section;
    }

    private static JsonObject Write(AzureStorageRequest azure, string? credentialsSecret)
    {
        var section = new JsonObject { ["container"] = azure.Container };
        if (azure.Prefix.Length > 0)
            section["prefix"] = azure.Prefix;
        if (azure.Endpoint is { } endpoint)
            section["endpointUrl"] = endpoint.OriginalString;
        if (credentialsSecret is not null)
            section["credentialsSecret"] = credentialsSecret;
        if (azure.StorageClass is { } storageClass)
            section["storageClass"] = storageClass;
        return section;
    }

    private static JsonObject Write(ContainerOptions options)
    {
        var document = new JsonObject();
        if (options.Environment.Count > 0)
            document["env"] = new JsonArray([.. options.Environment.Select(variable => new JsonObject { ["name"] = variable.Key, ["value"] = variable.Value })]);
        if (options.ToolArguments.Count > 0)
            document["args"] = new JsonObject { ["xtrabackup"] = new JsonArray([.. options.ToolArguments.Select(argument => JsonValue.Create(argument))]) };
        return document;
    }
}
