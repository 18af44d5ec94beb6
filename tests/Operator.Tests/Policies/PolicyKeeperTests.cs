using System.Collections.Concurrent;
using System.Reflection;
using System.Text;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Policies;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Tests.Fixtures;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace ControlPlane.Operator.Tests.Policies;

/// <summary>When members are asked what policies come to, and when it is shown.</summary>
public sealed class PolicyKeeperTests : IAsyncDisposable, IPolicyReporter, IFleetMembers
{
    private static readonly MemberKey Local = new(MemberKey.Local);
    private static readonly MemberKey Berlin = new("berlin");

    private readonly FakeTimeProvider time = new(new DateTimeOffset(2026, 3, 1, 10, 0, 0, TimeSpan.Zero));
    private readonly CancellationTokenSource stop = new();
    private readonly PolicyKind policies;
    private readonly MemberClusters clusters;
    private readonly ProtectionInbox inbox = new();
    private readonly ConcurrentDictionary<MemberKey, MemberProtection> known = new();
    private readonly ConcurrentDictionary<MemberKey, MemberStanding> standings = new();
    private readonly ConcurrentQueue<string> asked = new();
    private readonly ConcurrentQueue<string> shown = new();
    private int refusals;
    private int version;
    private Task work = Task.CompletedTask;

    public PolicyKeeperTests()
    {
        (policies, clusters) = (new(time), new(time));
        standings[Local] = MemberStanding.Present;
    }

    public IReadOnlyCollection<MemberKey> All => [.. standings.Keys];

    public MemberStanding StandingOf(MemberKey member) => standings[member];

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        await work.ContinueWith(_ => { }, CancellationToken.None, TaskContinuationOptions.ExecuteSynchronously, TaskScheduler.Default);
        stop.Dispose();
    }

    Task IPolicyReporter.ReportAsync(FleetEntry<PolicySpec> entry, PolicyPicture picture, CancellationToken cancellationToken)
    {
        if (Interlocked.Decrement(ref refusals) >= 0)
            throw new TimeoutException("The API server did not answer.");
        var status = PolicyStatuses.Next(new(), entry, picture, default);
        shown.Enqueue($"{entry.Name} {status.Clusters} {status.Conditions!.Single(condition => condition.Type == PolicyConditions.Ready).Status}");
        return Task.CompletedTask;
    }

    [Fact]
    public async Task Statuses_ThatDoNotChange_AreNeitherAskedForNorWritten()
    {
        standings[Berlin] = MemberStanding.Present;
        await PolicyAsync("gold");
        await PolicyAsync("silver");
        Judged(Local, 3);
        Judged(Berlin, 4);
        Start();
        await UntilAsync(() => shown.Count == 2);
        Assert.Equal(["gold 7 True", "silver 0 True"], shown);
        Assert.Equal(["berlin", "local"], asked.Order());

        await PassAsync(TimeSpan.FromHours(1));
        Assert.Equal((2, 2), (asked.Count, shown.Count));

        // One that says something, and has nothing new.
        inbox.Add(Berlin);
        await UntilAsync(() => asked.Count == 3);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(2, shown.Count);

        Judged(Berlin, 6);
        inbox.Add(Berlin);
        await UntilAsync(() => shown.Count == 3);
        Assert.Equal("gold 9 True", shown.Last());
        Assert.Equal("berlin", asked.Last());
    }

    [Fact]
    public async Task Statuses_ThatCouldNotBeWritten_AreWrittenLater()
    {
        await PolicyAsync("gold");
        Judged(Local, 3);
        refusals = 2;
        Start();

        await UntilAsync(() => shown.Count == 1);
        await PassAsync(TimeSpan.FromMinutes(1));
        Assert.Equal(["gold 3 True"], shown);
    }

    [Fact]
    public async Task Member_ThatIsBehindWithNewPolicies_IsWaitedForAWhile()
    {
        standings[Berlin] = MemberStanding.Present;
        await PolicyAsync("gold");
        Judged(Local, 3);
        Start();
        await UntilAsync(() => asked.Count == 2);
        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Empty(shown);

        await PassAsync(TimeSpan.FromSeconds(20));
        Assert.Equal(["gold 3 Unknown"], shown);

        Judged(Berlin, 2);
        inbox.Add(Berlin);
        await UntilAsync(() => shown.Count == 2);
        Assert.Equal("gold 5 True", shown.Last());
    }

    [Fact]
    public async Task Member_ThatIsAwayOrLeft_HasItsLastWordOrNone()
    {
        standings[Berlin] = MemberStanding.Present;
        await PolicyAsync("gold");
        Judged(Local, 3);
        Judged(Berlin, 2);
        Start();
        await UntilAsync(() => shown.Count == 1);

        standings[Berlin] = MemberStanding.Away;
        inbox.Poke();
        await UntilAsync(() => shown.Count == 2);
        standings[Berlin] = MemberStanding.Left;
        inbox.Poke();
        await UntilAsync(() => shown.Count == 3);

        Assert.Equal(["gold 5 True", "gold 5 Unknown", "gold 3 True"], shown);
    }

    [Fact]
    public async Task Watch_OfAnotherMember_KeepsNoStatuses()
    {
        await PolicyAsync("gold");
        await Keeper().RunAsync(Berlin, stop.Token);

        Assert.Empty(asked);
    }

    private void Judged(MemberKey member, int matched) =>
        known[member] = new() { Judged = PolicySet.Of(policies.Snapshot).Version, Policies = [new() { Policy = "gold", Matched = matched }] };

    private async Task PolicyAsync(string name)
    {
        if (!clusters.Snapshot.Synced)
            clusters.Listed(clusters, 0);
        if (!policies.Snapshot.Synced)
            policies.Listed(policies, 0);
        var document = Documents.Policy(name, """{ "clusters": {}, "backup": { "backoffLimit": 3 } }""");
        document["metadata"]!["uid"] = "u-" + name;
        document["metadata"]!["resourceVersion"] = $"{++version}";
        document["metadata"]!["generation"] = 1;
        var header = ResourceHeader.Read(Documents.Element(document))!;
        await policies.HandleAsync(
            new() { Member = Local, Namespace = "", Name = name, Uid = header.Uid, Resource = new SeenResource(header, Encoding.UTF8.GetBytes(document.ToJsonString())) }, stop.Token);
    }

    private void Start() => work = Keeper().RunAsync(Local, stop.Token);

    private PolicyKeeper Keeper()
    {
        var factory = DispatchProxy.Create<IGrainFactory, RecordingGrains.Proxy>();
        ((RecordingGrains.Proxy)(object)factory).Answer = (_, arguments) => Grain(MemberKey.Parse((string)arguments[0]!));
        return new(policies, clusters, this, inbox, factory, this, time, NullLogger<PolicyKeeper>.Instance);
    }

    private IMemberGrain Grain(MemberKey member)
    {
        var grain = DispatchProxy.Create<IMemberGrain, RecordingGrains.Proxy>();
        ((RecordingGrains.Proxy)(object)grain).Answer = (_, _) =>
        {
            asked.Enqueue(member.Name);
            return Task.FromResult(known.GetValueOrDefault(member) ?? new());
        };
        return grain;
    }

    // Small steps, each with a moment for those that wait for it.
    private async Task PassAsync(TimeSpan length)
    {
        var step = length > TimeSpan.FromMinutes(5) ? length / 60 : TimeSpan.FromSeconds(1);
        for (var passed = TimeSpan.Zero; passed < length; passed += step)
        {
            time.Advance(step);
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }
    }

    private async Task UntilAsync(Func<bool> isSo, [System.Runtime.CompilerServices.CallerArgumentExpression(nameof(isSo))] string what = "")
    {
        for (var tries = 0; tries < 600; tries++)
        {
            if (isSo())
                return;
            time.Advance(TimeSpan.FromMilliseconds(200));
            await Task.Delay(TimeSpan.FromMilliseconds(5), TimeProvider.System);
        }

        Assert.Fail($"It did not come about: {what}; shown: {string.Join(", ", shown)}; asked: {string.Join(", ", asked)}");
    }
}
