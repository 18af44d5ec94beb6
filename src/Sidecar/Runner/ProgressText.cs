using System.Globalization;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner;

/// <summary>What a meter's two readings make of the progress.</summary>
internal static class ProgressText
{
    private const double MiB = 1 << 20;
    private const int MostUnfinished = 99;

    /// <summary>The report for an interval.</summary>
    /// <param name="attempt">The attempt.</param>
    /// <param name="stage">What is being done.</param>
    /// <param name="counts">The bytes by now.</param>
    /// <param name="speed">Bytes of the stage moved a second.</param>
    /// <param name="now">The time.</param>
    internal static BackupProgress Of(int attempt, BackupStage stage, ProgressCounts counts, long speed, DateTimeOffset now)
    {
        var (done, whole) = stage == BackupStage.Uploading ? (counts.Read, counts.Expected) : (counts.Verified, counts.Stored);
        int? percent = whole is > 0 ? (int)Math.Clamp(done * 100.0 / whole.Value, 0, MostUnfinished) : null;
        TimeSpan? left = whole > done && speed > 0 ? TimeSpan.FromSeconds((whole.Value - done) / (double)speed) : null;
        return new BackupProgress
        {
            Attempt = attempt,
            Stage = stage,
            BytesRead = counts.Read,
            BytesStored = counts.Stored,
            BytesPerSecond = speed,
            Percent = percent,
            EstimatedCompletion = left is { } span && span < TimeSpan.FromDays(365) ? WholeSeconds(now + span) : null,
            Summary = Summary(percent, speed, left),
        };
    }

    /// <summary>The report of a restore's volume.</summary>
    /// <param name="volume">The claim's name.</param>
    /// <param name="attempt">The attempt.</param>
    /// <param name="stage">What is being done.</param>
    /// <param name="done">Bytes by now.</param>
    /// <param name="whole">Bytes in all.</param>
    /// <param name="speed">Bytes a second.</param>
    /// <param name="now">The time.</param>
    internal static RestoreProgress Of(string volume, int attempt, RestoreStage stage, long done, long? whole, long speed, DateTimeOffset now)
    {
        var isDownload = stage == RestoreStage.Downloading;
        int? percent = whole is not > 0 ? null : isDownload ? (int)Math.Clamp(done * 100.0 / whole.Value, 0, MostUnfinished) : stage is RestoreStage.Deleting ? null : 100;
        TimeSpan? left = isDownload && whole > done && speed > 0 ? TimeSpan.FromSeconds((whole.Value - done) / (double)speed) : null;
        return new RestoreProgress
        {
            Name = volume,
            Attempt = attempt,
            Stage = stage,
            BytesDone = done,
            BytesExpected = whole,
            BytesPerSecond = isDownload ? speed : 0,
            Percent = percent,
            EstimatedCompletion = left is { } span && span < TimeSpan.FromDays(365) ? WholeSeconds(now + span) : null,
            Summary = isDownload ? Summary(percent, speed, left) : $"{stage}",
        };
    }

    private static string Summary(int? percent, long speed, TimeSpan? left) =>
        string.Join(' ', new[] { percent is null ? null : string.Create(CultureInfo.InvariantCulture, $"{percent}%"), Speed(speed), Left(left) }.OfType<string>());

    /// <summary>The report of a committed backup.</summary>
    internal static BackupProgress Whole(int attempt, ProgressCounts counts) => new()
    {
        Attempt = attempt,
        Stage = BackupStage.Checking,
        BytesRead = counts.Read,
        BytesStored = counts.Stored,
        BytesPerSecond = 0,
        Percent = 100,
        Summary = "100%",
    };

    private static string Speed(long bytesPerSecond) => bytesPerSecond switch
    {
        >= 1 << 20 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / MiB:F0}MiB/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1024}KiB/s"),
    };

    private static string? Left(TimeSpan? left) => left switch
    {
        null => null,
        { TotalSeconds: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Ceiling(left.Value.TotalSeconds):F0}s"),
        { TotalMinutes: < 60 } => string.Create(CultureInfo.InvariantCulture, $"{Math.Round(left.Value.TotalMinutes):F0}m"),
        { TotalDays: < 2 } => string.Create(CultureInfo.InvariantCulture, $"{(int)left.Value.TotalHours}h{left.Value.Minutes}m"),
        { TotalDays: < 365 } => string.Create(CultureInfo.InvariantCulture, $"{left.Value.TotalDays:F0}d"),
        _ => null,
    };

    private static DateTimeOffset WholeSeconds(DateTimeOffset instant) => new(instant.Ticks - (instant.Ticks % TimeSpan.TicksPerSecond), instant.Offset);
}

/// <summary>One reading of a meter.</summary>
/// <param name="Read">Bytes from the agent.</param>
/// <param name="Stored">Bytes in the store.</param>
/// <param name="Verified">Bytes read back.</param>
/// <param name="Expected">The stream's expected length.</param>
internal sealed record ProgressCounts(long Read, long Stored, long Verified, long? Expected);
