using System.Text.Json.Nodes;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Operator.Resources;

/// <summary>
/// A storage in a backup's status: the same fields as under <c>spec.backup.storages</c> of the cluster, and the storage's name. Written
/// by this product alone, so reading it back is lenient: what is missing has its default, and what makes no sense is no storage.
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
        if (request.FileSystem is { } volume)
            document["filesystem"] = new JsonObject { ["persistentVolumeClaim"] = volume.PersistentVolumeClaim, ["path"] = volume.Path };
        document["compression"] = new JsonObject { ["codec"] = CodecWord(storage.Compression.Codec), ["level"] = storage.Compression.Level };
        if (storage.ContainerOptions is { ToolArguments.Count: > 0 } or { Environment.Count: > 0 })
            document["containerOptions"] = Write(storage.ContainerOptions);
        foreach (var (name, value) in JsonNode.Parse(storage.PodJson)!.AsObject())
            document[name] = value?.DeepClone();
        return document;
    }

    public static StorageSpec? Read(JsonObject document)
    {
        if (Text(document["name"]) is not { } name || StorageTypes.Read(Text(document["type"])) is not { } type)
            return null;
        var (s3, volume) = (document["s3"] as JsonObject, document["filesystem"] as JsonObject);
        if (type == StorageType.S3 ? Text(s3?["bucket"]) is null : Text(volume?["persistentVolumeClaim"]) is null)
            return null;
        var pod = new JsonObject();
        foreach (var field in PodSettings.StorageFields.Where(document.ContainsKey))
            pod[field] = document[field]?.DeepClone();
        return new()
        {
            Request = new()
            {
                Name = name,
                Type = type,
                VerifyTls = document["verifyTLS"]?.GetValue<bool>() ?? true,
                HasCaBundle = document["caBundle"] is JsonObject,
                CredentialsSecret = Text(s3?["credentialsSecret"]),
                S3 = type == StorageType.S3 ? ReadS3(s3!) : null,
                FileSystem = type == StorageType.FileSystem ? new() { PersistentVolumeClaim = Text(volume!["persistentVolumeClaim"])!, Path = Text(volume["path"]) ?? "" } : null,
            },
            CaBundle = document["caBundle"] is JsonObject bundle ? new(Text(bundle["secretName"]) ?? "", Text(bundle["key"]) ?? "") : null,
            Compression = document["compression"] is JsonObject compression
                ? new() { Codec = Text(compression["codec"]) == "none" ? Codec.None : Codec.Zstd, Level = compression["level"]?.GetValue<int>() ?? 1 }
                : new(),
            ContainerOptions = document["containerOptions"] is JsonObject options ? ReadOptions(options) : new(),
            PodJson = pod.ToJsonString(),
        };
    }

    private static string CodecWord(Codec codec) => codec == Codec.None ? "none" : "zstd";

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

    private static S3StorageRequest ReadS3(JsonObject section) => new()
    {
        Bucket = Text(section["bucket"])!,
        Prefix = Text(section["prefix"]) ?? "",
        Region = Text(section["region"]) ?? "",
        Endpoint = Uri.TryCreate(Text(section["endpointUrl"]), UriKind.Absolute, out var endpoint) ? endpoint : null,
        ForcePathStyle = section["forcePathStyle"]?.GetValue<bool>(),
        StorageClass = Text(section["storageClass"]),
        ServerSideEncryption = Text(section["serverSideEncryption"]?["type"]),
        KmsKeyId = Text(section["serverSideEncryption"]?["kmsKeyId"]),
    };

    private static JsonObject Write(ContainerOptions options)
    {
        var document = new JsonObject();
        if (options.Environment.Count > 0)
            document["env"] = new JsonArray([.. options.Environment.Select(variable => new JsonObject { ["name"] = variable.Key, ["value"] = variable.Value })]);
        if (options.ToolArguments.Count > 0)
            document["args"] = new JsonObject { ["xtrabackup"] = new JsonArray([.. options.ToolArguments.Select(argument => JsonValue.Create(argument))]) };
        return document;
    }

    private static ContainerOptions ReadOptions(JsonObject document) => new()
    {
        Environment = (document["env"] as JsonArray ?? []).Where(variable => Text(variable?["name"]) is not null)
            .ToDictionary(variable => Text(variable!["name"])!, variable => Text(variable!["value"]) ?? ""),
        ToolArguments = [.. (document["args"]?["xtrabackup"] as JsonArray ?? []).Select(Text).OfType<string>()],
    };

    private static string? Text(JsonNode? node) => node is JsonValue value && value.TryGetValue<string>(out var text) ? text : null;
}
