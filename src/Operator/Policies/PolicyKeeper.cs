using System.Collections.Concurrent;
using System.Text.Json;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator.Fleet;
using ControlPlane.Operator.Members;
using ControlPlane.Operator.Protection;
using ControlPlane.Operator.Resources;
using ControlPlane.Operator.Watching;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Policies;

/// <summary>
/// Keeps the statuses of policies. Runs beside the watches of the member where the plane runs, so in one silo only. It asks each member once what it knows,
/// and again when that member says that it changed; nothing is asked or written while nothing happens.
/// </summary>
internal sealed partial class PolicyKeeper(
    PolicyKind policies, MemberClusters clusters, IFleetMembers members, ProtectionInbox inbox, IGrainFactory grains, IPolicyReporter reporter, TimeProvider time, ILogger<PolicyKeeper> logger) : IMemberCompanion
{
    // What comes together is written together: a policy that is widened reaches its clusters within seconds, and each says so.
    private static readonly TimeSpan Linger = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(4);

    /// <summary>So long a member may be behind with judging by new policies, before the status says that it is not known how it stands.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    private const int AtOnce = 8;

    public async Task RunAsync(MemberKey member, CancellationToken stop)
    {
        if (member.Name == MemberKey.Local)
            await Task.WhenAll(KeepAsync(stop), PokeAsync(policies, stop), PokeAsync(clusters, stop));
    }

    private async Task KeepAsync(CancellationToken stop)
    {
        var memory = new Memory();
        while (true)
        {
            await WaitAsync(memory, stop);
            await Task.Delay(Linger, time, stop);
            try
            {
                await LookAsync(memory, stop);
            }
            catch (Exception trouble) when (!stop.IsCancellationRequested)
            {
                memory.Again = true;
                LogNotKept(trouble);
            }

            await Task.Delay(Pause, time, stop);
        }
    }

    private async Task LookAsync(Memory memory, CancellationToken stop)
    {
        var present = policies.Snapshot;
        if (!present.Synced || !clusters.Snapshot.Synced)
            return;
        memory.Again = false;
        await AskAsync(memory, stop);

        var version = PolicySet.Of(present).Version;
        var behind = members.All.Where(one => members.StandingOf(one) == MemberStanding.Present && memory.Heard.GetValueOrDefault(one)?.Judged != version).ToList();
        if (behind.Count == 0 || memory.Version != version)
            (memory.BehindSince, memory.Version) = (null, version);
        if (behind.Count > 0 && time.GetUtcNow() - (memory.BehindSince ??= time.GetUtcNow()) < Patience)
            return;

        var counted = members.All.Where(one => members.StandingOf(one) != MemberStanding.Left).ToHashSet();
        var picture = new PolicyPicture(
            memory.Heard.Where(one => counted.Contains(one.Key)).ToDictionary(one => one.Key.Name, one => one.Value),
            [.. behind.Concat(counted.Where(one => members.StandingOf(one) == MemberStanding.Away)).Select(one => one.Name)]);
        await ShowAsync(memory, present, picture, stop);
    }

    // The first time all; one that is not asked successfully is asked again.
    private async Task AskAsync(Memory memory, CancellationToken stop)
    {
        var all = members.All.ToHashSet();
        foreach (var gone in memory.Heard.Keys.Where(member => !all.Contains(member)))
            memory.Heard.TryRemove(gone, out _);
        memory.ToAsk.UnionWith(inbox.Take());
        memory.ToAsk.UnionWith(all.Where(memory.Met.Add));
        memory.ToAsk.IntersectWith(all);
        memory.Met.IntersectWith(all);
        await Parallel.ForEachAsync(memory.ToAsk.ToList(), new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = stop }, async (member, token) =>
        {
            try
            {
                var said = await grains.GetGrain<IMemberGrain>(member.ToString()).GetProtectionAsync(token);

                // One whose watch begins anew knows nothing yet, and its last word counts until it does.
                if (said.Judged is not null)
                    memory.Heard[member] = said;
                lock (memory)
                    memory.ToAsk.Remove(member);
            }
            catch (Exception trouble) when (!stop.IsCancellationRequested)
            {
                memory.Again = true;
                LogNotAsked(trouble, member);
            }
        });
    }

    private async Task ShowAsync(Memory memory, FleetSnapshot<PolicySpec> present, PolicyPicture picture, CancellationToken stop)
    {
        foreach (var gone in memory.Shown.Keys.Except(present.Entries.Values.Select(entry => entry.Header.Uid)).ToList())
            memory.Shown.Remove(gone);
        foreach (var entry in present.Entries.Values)
        {
            // Compared without a look at the resource, apart from since when its conditions have been as they are.
            var view = JsonSerializer.Serialize(PolicyStatuses.Next(new(), entry, picture, DateTimeOffset.UnixEpoch), StatusJson.Default.PolicyStatusDocument);
            if (memory.Shown.GetValueOrDefault(entry.Header.Uid) == view)
                continue;
            try
            {
                await reporter.ReportAsync(entry, picture, stop);
                memory.Shown[entry.Header.Uid] = view;
            }
            catch (Exception trouble) when (!stop.IsCancellationRequested)
            {
                memory.Again = true;
                LogNotShown(trouble, entry.Name);
            }
        }
    }

    private async Task WaitAsync(Memory memory, CancellationToken stop)
    {
        if (memory.Again)
            return;
        if (memory.BehindSince is not { } since)
        {
            await inbox.WaitAsync(stop);
            return;
        }

        // Whoever is behind says when it is not any more; that it does not is news as well, once.
        var left = since + Patience - time.GetUtcNow();
        using var limit = left > TimeSpan.Zero ? new CancellationTokenSource(left, time) : new CancellationTokenSource();
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, stop);
        try
        {
            await inbox.WaitAsync(both.Token);
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            // Patience is over.
        }
    }

    private async Task PokeAsync<TSpec>(FleetKind<TSpec> kind, CancellationToken stop)
        where TSpec : class
    {
        await foreach (var _ in kind.FollowAsync(stop))
            inbox.Poke();
    }

    [LoggerMessage(2656, LogLevel.Warning, "What policies come to could not be looked at; it is tried again")]
    private partial void LogNotKept(Exception trouble);

    [LoggerMessage(2657, LogLevel.Warning, "Member {Member} could not be asked what policies come to there; it is asked again")]
    private partial void LogNotAsked(Exception trouble, MemberKey member);

    [LoggerMessage(2658, LogLevel.Warning, "The status of BackupPolicy {Policy} could not be written; it is tried again")]
    private partial void LogNotShown(Exception trouble, string policy);

    /// <summary>What is remembered between two looks.</summary>
    private sealed class Memory
    {
        public ConcurrentDictionary<MemberKey, MemberProtection> Heard { get; } = [];

        public HashSet<MemberKey> Met { get; } = [];

        public HashSet<MemberKey> ToAsk { get; } = [];

        public Dictionary<string, string> Shown { get; } = new(StringComparer.Ordinal);

        /// <summary>The version of the policies that was looked at last.</summary>
        public string Version { get; set; } = "";

        public DateTimeOffset? BehindSince { get; set; }

        public bool Again { get; set; }
    }
}
