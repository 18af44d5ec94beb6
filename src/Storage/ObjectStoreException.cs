namespace ControlPlane.Storage;

/// <summary>What a store answered instead of doing it. The message is for owners: it names the place and never a secret.</summary>
public sealed class ObjectStoreException(ObjectStoreFault fault, string message, Exception? inner = null) : Exception(message, inner)
{
    /// <summary>What kind of trouble it is.</summary>
    public ObjectStoreFault Fault { get; } = fault;

    /// <summary>The store's own word for it, for example <c>SlowDown</c>; null where it gave none.</summary>
    public string? Code { get; init; }

    /// <summary>How long the store asked to be left alone; null where it did not.</summary>
    public TimeSpan? RetryAfter { get; init; }

    /// <summary>Of <see cref="ObjectStoreFault.Locked"/>: when the lock ends; null where it has no end, or where the store did not say.</summary>
    public DateTimeOffset? LockedUntil { get; init; }
}

/// <summary>The kinds of trouble.</summary>
public enum ObjectStoreFault
{
    /// <summary>May work another time: 5xx, throttled, timed out, unreachable, reset.</summary>
    Transient,

    /// <summary>The credentials are wrong, expired or not allowed to do it.</summary>
    Denied,

    /// <summary>The bucket, container or volume does not exist.</summary>
    NoBucket,

    /// <summary>The object does not exist.</summary>
    NotFound,

    /// <summary>The object exists already, and was not to be replaced.</summary>
    Exists,

    /// <summary>What arrived is not what was sent, by the store's own checksum. Sending it again is right.</summary>
    Corrupted,

    /// <summary>
    /// A retention rule or a hold keeps the object, whoever asks: it cannot be removed before that ends. Nothing was removed of it, and nothing
    /// hidden.
    /// </summary>
    Locked,

    /// <summary>The store refuses the request as such: a wrong region, an unknown storage class, no space.</summary>
    Refused,
}
