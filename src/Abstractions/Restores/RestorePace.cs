namespace ControlPlane.Abstractions.Restores;

/// <summary>How long it took to bring one backup of a cluster back: what the next plan reckons by.</summary>
[GenerateSerializer, Immutable, Alias("RestorePace")]
public sealed record RestorePace
{
    /// <summary>What measured it, for people: <c>restore 'back1'</c> or <c>drill 'weekly'</c>.</summary>
    [Id(0)]
    public required string Origin { get; init; }

    /// <summary>When it had ended.</summary>
    [Id(1)]
    public required DateTimeOffset Measured { get; init; }

    /// <summary>Bytes that came from the store.</summary>
    [Id(2)]
    public required long BytesDownloaded { get; init; }

    /// <summary>How long it took to download and prepare them, in seconds: this grows with the backup.</summary>
    [Id(3)]
    public required double DataSeconds { get; init; }

    /// <summary>How long all else took, in seconds: this does not.</summary>
    [Id(4)]
    public required double OtherSeconds { get; init; }

    /// <summary>How long so many bytes would take, in seconds; null where the figure says nothing of it.</summary>
    public double? SecondsFor(long bytes) => BytesDownloaded > 0 && bytes > 0 ? (DataSeconds * bytes / BytesDownloaded) + OtherSeconds : null;
}
