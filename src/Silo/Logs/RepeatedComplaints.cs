using System.Collections.Concurrent;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Silo.Logs;

/// <summary>
/// Bounds how often one and the same complaint of a library is written down: while PostgreSQL is away Orleans says so many times a second.
/// The plane's own words are each of something else, and are all written.
/// </summary>
internal sealed class RepeatedComplaints : LoggingSampler
{
    /// <summary>So often between two counts; enough to tell a complaint that comes once from one that stays.</summary>
    public const int Most = 5;

    private const string OwnCategories = "ControlPlane.";

    private ConcurrentDictionary<Complaint, int> counts = new();

    /// <inheritdoc/>
    public override bool ShouldSample<TState>(in LogEntry<TState> logEntry) =>
        logEntry.LogLevel < LogLevel.Warning || logEntry.Category.StartsWith(OwnCategories, StringComparison.Ordinal)
        || counts.AddOrUpdate(new(logEntry.Category, logEntry.EventId.Id), 1, (_, count) => count + 1) <= Most;

    /// <summary>What was not written since the last count; a new one begins.</summary>
    public IReadOnlyList<(Complaint Complaint, int Withheld)> Count() =>
        [.. Interlocked.Exchange(ref counts, new()).Where(one => one.Value > Most).Select(one => (one.Key, one.Value - Most))];
}

/// <summary>One kind of message of one part of a library. There are only as many as their authors wrote.</summary>
internal readonly record struct Complaint(string Category, int EventId);
