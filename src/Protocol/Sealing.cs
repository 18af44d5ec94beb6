namespace ControlPlane.Protocol;

/// <summary>Which of the owner's keys a backup is sealed with. The keys themselves lie in files: see <see cref="JobFiles.EncryptionKeys"/>.</summary>
public sealed record SealingRequest
{
    /// <summary>The entry of the Secret where the owner names none; the reference system's default too.</summary>
    public const string DefaultKeyId = "encryptionKey";

    /// <summary>The Secret with the owner's keys, for messages.</summary>
    public required string SecretName { get; init; }

    /// <summary>The key's id, which is the name of its entry in the Secret.</summary>
    public required string KeyId { get; init; }
}

/// <summary>How a backup is sealed, as its manifest says it. Specified in <c>docs/backup-format.md</c>.</summary>
public sealed record SealingDescription
{
    /// <summary>The one scheme that there is.</summary>
    public const string AesGcmChunks = "aes-256-gcm-chunks";

    /// <summary>The scheme; a reader refuses one that it does not know.</summary>
    public required string Scheme { get; init; }

    /// <summary>The id of the owner's key that wraps the data key.</summary>
    public required string KeyId { get; init; }

    /// <summary>The wrapped data key: nonce, ciphertext and tag, in hexadecimal digits.</summary>
    public required string WrappedKey { get; init; }

    /// <summary>The HMAC-SHA256 of this document with 64 zeros in this place, in hexadecimal digits.</summary>
    public required string Mac { get; init; }
}
