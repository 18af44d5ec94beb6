namespace ControlPlane.Silo;

/// <summary>
/// The time that silos go by which share a database: this machine's, set right by the database's where the two disagree. So a schedule is
/// due at the same instant wherever its grain lives, a ticket is valid wherever it was signed, and a machine whose clock is minutes off does
/// no harm. Spans of time are the machine's own.
/// </summary>
internal sealed class SharedClock(TimeProvider machine) : TimeProvider
{
    /// <summary>Clocks that are kept differ by less, and are left alone.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromSeconds(2);

    private long offsetTicks;

    /// <summary>What is added to the machine's time.</summary>
    public TimeSpan Offset => new(Volatile.Read(ref offsetTicks));

    /// <inheritdoc/>
    public override long TimestampFrequency => machine.TimestampFrequency;

    /// <inheritdoc/>
    public override TimeZoneInfo LocalTimeZone => machine.LocalTimeZone;

    /// <inheritdoc/>
    public override DateTimeOffset GetUtcNow() => machine.GetUtcNow() + Offset;

    /// <inheritdoc/>
    public override long GetTimestamp() => machine.GetTimestamp();

    /// <inheritdoc/>
    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period) => machine.CreateTimer(callback, state, dueTime, period);

    /// <summary>Asks the database, and follows its answer. True when the offset changed; an answer that took long says nothing.</summary>
    public async Task<bool> SetAsync(Func<CancellationToken, Task<DateTimeOffset?>> ask, CancellationToken cancellationToken)
    {
        var (began, before) = (machine.GetTimestamp(), machine.GetUtcNow());
        var told = await ask(cancellationToken);
        var took = machine.GetElapsedTime(began);
        if (told is null || took > Tolerance)
            return false;
        var measured = told.Value - (before + (took / 2));
        if ((measured - Offset).Duration() <= Tolerance)
            return false;
        Volatile.Write(ref offsetTicks, measured.Duration() > Tolerance ? measured.Ticks : 0);
        return true;
    }
}
