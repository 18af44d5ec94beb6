using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Members;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Watching;
using k8s;
using Microsoft.Extensions.Logging.Abstractions;

namespace ControlPlane.Operator.Tests.Policies;

/// <summary>Policies change while clusters are watched.</summary>
public sealed class PolicyWatchTests : IAsyncDisposable
{
    private static readonly MemberKey Local = new(MemberKey.Local);

    private readonly StandInApiServer server = new();
    private readonly RecordingGrains grains = new();
    private readonly ProtectionRegister register = new();
    private readonly CancellationTokenSource stop = new();
    private readonly PolicyBook book = new(new(TimeProvider.System), TimeProvider.System, NullLogger<PolicyBook>.Instance);
    private Task work = Task.CompletedTask;
    private MemberConnection? client;

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await work.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        client?.Dispose();
        await server.DisposeAsync();
        stop.Dispose();
        book.Dispose();
    }

    [Fact]
    public async Task Clusters_BeforeThePoliciesAreKnown_AreNotJudged()
    {
        Put("orders", "gold");
        Start();

        await Task.Delay(TimeSpan.FromMilliseconds(300), TimeProvider.System);
        Assert.Empty(server.Requests);
        Assert.True(register.Watches(Local));

        book.Take(PolicySet.Empty);
        await UntilAsync(() => Applied().Count == 1);
    }

    [Fact]
    public async Task Policy_ThatChangesItsSelector_IsSentToThoseWhoEnterAndLeaveAlone()
    {
        foreach (var (name, tier) in new[] { ("a", "gold"), ("b", "gold"), ("c", "silver"), ("d", "silver"), ("e", "none") })
            Put(name, tier);
        book.Take(Set("gold"));
        Start();
        await UntilAsync(() => Applied().Count == 5);
        var before = Applied().ToDictionary(one => one.Name, one => one.Spec.Effective);
        Assert.Equal(["a", "b"], before.Where(one => one.Value is not null).Select(one => one.Key).Order());

        book.Take(Set("silver"));
        await UntilAsync(() => Applied().Count == 9);

        Assert.Equal(["a:", "b:", "c:gold-policy", "d:gold-policy"], Applied().Skip(5).Select(one => $"{one.Name}:{string.Join(',', one.Spec.Effective?.Policies ?? [])}").Order());
        await Task.Delay(TimeSpan.FromMilliseconds(200), TimeProvider.System);
        Assert.Equal(9, Applied().Count);
        Assert.Equal(2, server.Lists);
        Assert.Equal(2, Assert.Single(register.See(Local).Policies).Matched);
    }

    [Fact]
    public async Task Cluster_WhoseLabelsChange_EntersAndLeavesWithoutANewGeneration()
    {
        Put("orders", "none", generation: 1);
        book.Take(Set("gold"));
        Start();
        await UntilAsync(() => Applied().Count == 1);

        Put("orders", "gold", generation: 1);
        await UntilAsync(() => Applied().Count == 2);
        Put("orders", "none", generation: 1);
        await UntilAsync(() => Applied().Count == 3);

        Assert.Equal([false, true, false], Applied().Select(one => one.Spec.Effective is not null));
    }

    [Fact]
    public async Task Cluster_ThatGoes_IsNoLongerCounted()
    {
        Put("orders", "gold");
        book.Take(Set("gold"));
        Start();
        await UntilAsync(() => register.See(Local).Clusters == 1);

        server.Delete("orders");

        await UntilAsync(() => register.See(Local) is { Clusters: 0, Policies.Count: 0 });
    }

    private void Put(string name, string tier, long? generation = null)
    {
        var cluster = Documents.Cluster();
        server.Put(name, new() { ["spec"] = cluster["spec"]!.DeepClone() }, labels: new() { ["tier"] = tier }, generation: generation);
    }

    private static PolicySet Set(string tier) => new([
        Documents.ReadPolicy(Documents.Policy("gold-policy", $$$"""{ "clusters": { "selector": { "matchLabels": { "tier": "{{{tier}}}" } } }, "backup": { "backoffLimit": 3 } }""")).Spec!]);

    private List<(string Name, ClusterSpec Spec)> Applied()
    {
        lock (grains.Calls)
            return [.. grains.Calls.Where(call => call.Method == "ApplyAsync").Select(call => (call.Grain.Split('/')[^1], (ClusterSpec)call.Argument!))];
    }

    private void Start()
    {
        var connection = client = new MemberConnection(new KubernetesClientConfiguration { Host = server.Address }, "");
        var handler = new ClusterHandler(grains.Factory(), book, register, new());
        var queue = new ChangeQueue(handler, RunningWatch.Options(), TimeProvider.System, NullLogger.Instance);
        var watcher = new ResourceWatcher(Local, handler, new ApiReader(_ => Task.FromResult(connection), handler.Collection, null), queue, new MemberContact(TimeProvider.System), RunningWatch.Options(), TimeProvider.System, NullLogger.Instance);
        work = Task.WhenAll(Task.Run(() => watcher.RunAsync(stop.Token)), queue.RunAsync(stop.Token)).ContinueWith(_ => queue.Dispose(), TaskScheduler.Default);
    }

    private static async Task UntilAsync(Func<bool> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (isSo())
                return;
            await Task.Delay(TimeSpan.FromMilliseconds(20), TimeProvider.System);
        }

        Assert.Fail($"It did not come about: {what}");
    }
}
