namespace ControlPlane.Storage;

/// <summary>A mounted volume, and a folder on it.</summary>
public sealed record FileSystemStoreSettings
{
    /// <summary>Where the volume is mounted. It must be there: a missing volume is never made up by an empty folder.</summary>
    public required string Volume { get; init; }

    /// <summary>The folder within the volume, without slashes at its ends; empty for its root. It is made when the first object is written.</summary>
    public string Path { get; init; } = "";

    /// <summary>What messages call the place, for example <c>pvc://backups/prod</c>; null for the path itself.</summary>
    public string? Location { get; init; }

    /// <summary>Says when the next bytes may be sent; null for as fast as they go. It costs nothing while it grants all at once.</summary>
    public UploadPace? Pace { get; init; }
}
