using System.Collections.Immutable;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Watching;

namespace ControlPlane.Operator.Fleet;

/// <summary>
/// Keeps one kind of the fleet's configuration in memory, as the watch of <see cref="FleetDirectory"/> brings it: the specs as they were read,
/// in snapshots that never change. Whoever needs them takes <see cref="Snapshot"/>, or follows the changes.
/// </summary>
internal abstract class FleetKind<TSpec>(TimeProvider time) : IFleetKind
    where TSpec : class
{
    // An API server that just started may not know its kinds yet, and answers 404 for them.
    private static readonly TimeSpan MissingFor = TimeSpan.FromSeconds(30);

    private readonly Lock gate = new();
    private readonly Dictionary<string, FleetEntry<TSpec>> read = new(StringComparer.Ordinal);
    private TaskCompletionSource changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long? missingSince;

    public abstract string Kind { get; }

    public abstract string Collection { get; }

    public virtual string? LabelSelector => null;

    /// <summary>How many of them are taken.</summary>
    protected abstract int Most { get; }

    /// <summary>The present state. Safe from any thread, costs nothing.</summary>
    public FleetSnapshot<TSpec> Snapshot { get; private set; } =
        new() { Version = 0, Synced = false, Entries = ImmutableSortedDictionary.Create<string, FleetEntry<TSpec>>(StringComparer.Ordinal) };

    /// <summary>The present state, and then each newer one; who is slow sees only the newest.</summary>
    public async IAsyncEnumerable<FleetSnapshot<TSpec>> FollowAsync([EnumeratorCancellation] CancellationToken cancellationToken)
    {
        for (var seen = -1L; ;)
        {
            FleetSnapshot<TSpec> present;
            Task next;
            lock (gate)
                (present, next) = (Snapshot, changed.Task);
            if (present.Version != seen)
                yield return present;
            seen = present.Version;
            await next.WaitAsync(cancellationToken);
        }
    }

    public Task AddAsync(ResourceChange change, CancellationToken cancellationToken) => HandleAsync(change, cancellationToken);

    public Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        var entry = change.Resource is { } resource ? Read(resource) : null;
        lock (gate)
        {
            if (entry is not null)
                read[change.Name] = entry;
            else if (read.TryGetValue(change.Name, out var gone) && gone.Header.Uid == change.Uid)
                read.Remove(change.Name);

            // The first list counts as a whole.
            if (Snapshot.Synced)
                Publish();
        }
        return Task.CompletedTask;
    }

    public void Listed(IResourceHandler handler, int count)
    {
        missingSince = null;
        Sync();
    }

    public void Heard(IResourceHandler handler, int count) => missingSince = null;

    /// <summary>A cluster without the kind has no resource of it: that is an answer as well, once it stands for a while.</summary>
    public void Broke(IResourceHandler handler, Exception trouble)
    {
        if (trouble is not ApiRefusalException { Code: 404 })
            missingSince = null;
        else if (missingSince is not { } since)
            missingSince = time.GetTimestamp();
        else if (time.GetElapsedTime(since) >= MissingFor)
            Sync();
    }

    /// <summary>Reads one resource.</summary>
    protected abstract SpecReading<TSpec> Read(ResourceHeader header, JsonElement document);

    private FleetEntry<TSpec> Read(SeenResource resource)
    {
        using var document = JsonDocument.Parse(resource.Document);
        var reading = Read(resource.Header, document.RootElement);
        return new(resource.Header, reading.Spec, reading.Faults?.Faults ?? []);
    }

    private void Sync()
    {
        lock (gate)
        {
            if (!Snapshot.Synced)
                Publish();
        }
    }

    private void Publish()
    {
        var taken = read.Values
            .OrderBy(entry => entry.Header.Created).ThenBy(entry => entry.Name, StringComparer.Ordinal)
            .Select((entry, index) => index < Most ? entry : entry with { Spec = null, Faults = [TooMany()] });
        Snapshot = new()
        {
            Version = Snapshot.Version + 1,
            Synced = true,
            Entries = taken.ToImmutableSortedDictionary(entry => entry.Name, entry => entry, StringComparer.Ordinal),
        };
        changed.SetResult();
        changed = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }

    private string TooMany() => string.Create(CultureInfo.InvariantCulture, $"There are {read.Count} {Kind}s; the oldest {Most} are taken, and this one is not among them.");
}
