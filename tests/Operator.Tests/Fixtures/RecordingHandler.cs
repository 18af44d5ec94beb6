using System.Collections.Concurrent;
using System.Diagnostics;
using System.Globalization;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Watching;

namespace ControlPlane.Operator.Tests.Fixtures;

/// <summary>Keeps what a watch hands on.</summary>
internal sealed class RecordingHandler(string collection = "apis/example.com/v1/things", string? labelSelector = null) : IResourceHandler
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly ConcurrentQueue<ResourceChange> changes = new();

    public string Kind => "Thing";

    public string Collection => collection;

    public string? LabelSelector => labelSelector;

    public IReadOnlyList<ResourceChange> Changes => [.. changes];

    /// <summary>The complete lists that it was said to have handled: after how many changes, and by which version.</summary>
    public ConcurrentQueue<(int Changes, string Version)> Lists { get; } = new();

    public void Settled(MemberKey member, string version) => Lists.Enqueue((changes.Count, version));

    /// <summary>What the handler does before it keeps a change.</summary>
    public Func<ResourceChange, CancellationToken, Task> First { get; set; } = (_, _) => Task.CompletedTask;

    public string Remember(ResourceHeader header) => header.Generation.ToString(CultureInfo.InvariantCulture);

    public async Task HandleAsync(ResourceChange change, CancellationToken cancellationToken)
    {
        await First(change, cancellationToken);
        changes.Enqueue(change);
    }

    /// <summary>The last word on each name: UID and version; what is gone is not in it.</summary>
    public IReadOnlyDictionary<string, (string Uid, string Version)> State()
    {
        var state = new Dictionary<string, (string, string)>();
        foreach (var change in changes)
        {
            if (change.Resource is { } resource)
                state[change.Name] = (resource.Header.Uid, resource.Header.ResourceVersion);
            else
                state.Remove(change.Name);
        }
        return state;
    }

    /// <summary>Waits until something holds of what was handed on.</summary>
    public async Task UntilAsync(Func<RecordingHandler, bool> holds, string what)
    {
        var began = Stopwatch.GetTimestamp();
        while (!holds(this))
        {
            Assert.True(Stopwatch.GetElapsedTime(began) < Patience, $"Not seen within {Patience}: {what}. Seen: {string.Join(", ", changes.Select(Text))}");
            await Task.Delay(TimeSpan.FromMilliseconds(10), TimeProvider.System);
        }
    }

    /// <summary>No state was handed on twice, no resource was gone twice, and nothing was said of one after it was gone.</summary>
    public void AssertNothingDoubled()
    {
        var (states, gone) = (new HashSet<(string, string)>(), new HashSet<string>());
        foreach (var change in changes)
        {
            Assert.DoesNotContain(change.Uid, gone);
            if (change.Resource is { } resource)
                Assert.True(states.Add((change.Uid, resource.Header.ResourceVersion)), $"{Text(change)} came twice");
            else
                gone.Add(change.Uid);
        }
    }

    private static string Text(ResourceChange change) => change.Resource is { } resource ? $"{change.Name}@{resource.Header.ResourceVersion}" : $"-{change.Name}";
}
