namespace ControlPlane.Abstractions.Fleet;

/// <summary>
/// When work may begin: in its windows, and in no blackout. Windows bind what the clock asks for, scheduled backups and drills; so does a blackout, unless it
/// says that it binds all. What runs is left alone.
/// </summary>
[GenerateSerializer, Immutable, Alias("TimeRules")]
public sealed record TimeRules
{
    /// <summary>So many of each.</summary>
    public const int Most = 20;

    /// <summary>Nothing is bound.</summary>
    public static readonly TimeRules None = new();

    /// <summary>What the clock asks for begins in one of these; with none, at any time.</summary>
    [Id(0)]
    public IReadOnlyList<TimeWindow> Windows { get; init; } = [];

    /// <summary>Nothing begins in any of these.</summary>
    [Id(1)]
    public IReadOnlyList<Blackout> Blackouts { get; init; } = [];

    /// <summary>Null when work of a kind may begin now; otherwise why not, and until when.</summary>
    public TimeObjection? Judge(WorkKind kind, DateTimeOffset now)
    {
        foreach (var blackout in Blackouts.Where(blackout => blackout.BindsAll || kind.IsByTheClock()))
        {
            if (blackout.When.OnUntil(now) is { } end)
                return new(Reasons.Blackout, $"A blackout ({blackout.When}{(blackout.Reason.Length > 0 ? $": {blackout.Reason}" : "")}) is on until {Said(end)}.", Known(end));
        }

        if (Windows.Count == 0 || !kind.IsByTheClock() || Windows.Any(window => window.OnUntil(now) is not null))
            return null;
        var next = Windows.Select(window => window.Next(now)).Min();
        return new(
            Reasons.OutsideWindow,
            $"The windows are {string.Join("; ", Windows)}; {(next is { } opens ? $"the next one opens at {TimeWindow.Clock(opens)}" : "none opens any more")}.",
            next);
    }

    /// <summary>When the answer may next become another one; null for never.</summary>
    public DateTimeOffset? NextChange(DateTimeOffset now) =>
        Windows.Concat(Blackouts.Select(blackout => blackout.When)).Select(window => window.OnUntil(now) is { } end ? Known(end) : window.Next(now)).Min();

    private static DateTimeOffset? Known(DateTimeOffset end) => end == DateTimeOffset.MaxValue ? null : end;

    private static string Said(DateTimeOffset end) => Known(end) is { } known ? TimeWindow.Clock(known) : "it is taken away";
}

/// <summary>A stretch of time in which nothing is to begin.</summary>
[GenerateSerializer, Immutable, Alias("Blackout")]
public sealed record Blackout
{
    /// <summary>When.</summary>
    [Id(0)]
    public required TimeWindow When { get; init; }

    /// <summary>Whether it binds restores and what somebody asked for too.</summary>
    [Id(1)]
    public bool BindsAll { get; init; }

    /// <summary>The owner's word on it; may be empty.</summary>
    [Id(2)]
    public string Reason { get; init; } = "";
}

/// <summary>Why work may not begin now.</summary>
/// <param name="Reason">One word from <see cref="Reasons"/>.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Until">When that ends; null where it is not known.</param>
[GenerateSerializer, Immutable, Alias("TimeObjection")]
public sealed record TimeObjection([property: Id(0)] string Reason, [property: Id(1)] string Message, [property: Id(2)] DateTimeOffset? Until);
