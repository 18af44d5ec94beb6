using System.IO.Hashing;
using System.Text;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Grains.Clusters.Retention;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters;

/// <summary>
/// When which storage of a cluster is swept, and what comes of it. Pure; the same object is answered when nothing changed. One storage at a
/// time; backups go on meanwhile, for a sweep never touches what is young or known.
/// </summary>
internal static class SweepMachine
{
    /// <summary>
    /// What is younger is nobody's remains. No attempt may last longer than a week (<c>activeDeadlineSeconds</c>), and ends with its Job; the day
    /// more is for clocks that disagree and for a node that was away and whose Pods went on for a while.
    /// </summary>
    public static readonly TimeSpan SafeAge = TimeSpan.FromDays(8);

    /// <summary>How long the Job of a sweep may take: a place with millions of objects is listed in an hour.</summary>
    public static readonly TimeSpan JobDeadline = TimeSpan.FromHours(6);

    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // A look that follows closely may come before the API server has made the Job's Pod, or the watch has brought its end.
    private static readonly TimeSpan Settling = TimeSpan.FromMinutes(2);

    private static readonly TimeSpan Grace = TimeSpan.FromMinutes(10);

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMinutes(15);

    private static readonly JobFault[] MayPass =
        [JobFault.StorageUnavailable, JobFault.SecretMissing, JobFault.Internal, JobFault.Cancelled];

    /// <summary>The sweep that is at work; null when none is.</summary>
    public static ClusterSweep? Running(ClusterState state) => state.Sweeps.FirstOrDefault(sweep => sweep.Job is not null);

    /// <summary>Time went by: the sweeps follow the spec's storages, one that is long over its time is given up, and the next one that is due begins.</summary>
    public static ClusterState Tick(ClusterKey key, ClusterState state, DateTimeOffset now) => Begin(key, GiveUp(key, Follow(key, state, now), now), now);

    /// <summary>The owner wants one now.</summary>
    public static ClusterState Ask(ClusterKey key, ClusterState state, SweepWish wish, DateTimeOffset now) =>
        wish.Uid != state.Uid || wish.Word.Length == 0 || wish.Word == state.SweepWord ? state : state with
        {
            SweepWord = wish.Word,
            Sweeps = [.. Follow(key, state, now).Sweeps.Select(sweep => sweep with { Wished = true, WishedReport = wish.Word.StartsWith(SweepWish.OnlyReports, StringComparison.Ordinal) })],
        };

    /// <summary>The owner wants to see what there is; an earlier wish for more stands.</summary>
    public static ClusterState Report(ClusterKey key, ClusterState state, DateTimeOffset now) => state with
    {
        Sweeps = [.. Follow(key, state, now).Sweeps.Select(sweep => sweep.Wished ? sweep : sweep with { Wished = true, WishedReport = true })],
    };

    /// <summary>A Job of ours was seen.</summary>
    /// <param name="key">The cluster.</param>
    /// <param name="state">What is remembered.</param>
    /// <param name="sighting">What was seen.</param>
    /// <param name="now">The time.</param>
    /// <param name="looked">Whether it was asked for, and not brought by a watch: Job and Pod come by different ones, and a report that is not there yet may still come.</param>
    public static ClusterState Observe(ClusterKey key, ClusterState state, JobSighting sighting, DateTimeOffset now, bool looked)
    {
        if (state.Sweeps.FirstOrDefault(sweep => sweep.Job == sighting.Job) is not { } sweep)
            return state;
        if (sighting.Report is { } report && report.Uid == state.Uid)
            return Replace(state, End(key, state.Spec, sweep, report, now));
        var settled = now - sweep.Asked > Settling;
        return sighting.State switch
        {
            JobState.Missing when settled => Replace(state, Fail(key, sweep, Reasons.JobLost, "The Job is gone without a report.", now, mayPass: true)),
            JobState.Complete or JobState.Failed when looked && settled => Replace(state, Fail(
                key, sweep, sighting.DeadlineExceeded ? Reasons.DeadlineExceeded : Reasons.JobLost, sighting.Trouble ?? "The Job ended without a report.", now, mayPass: true)),
            _ => state,
        };
    }

    /// <summary>What of the catalogue is to be compared with the storage; null when that is gone.</summary>
    public static StockInquiry? Inquiry(ClusterSpec spec, string storage, string after, DateTimeOffset asked) => !spec.Storages.TryGetValue(storage, out var found) ? null : new()
    {
        Storage = storage,
        Place = StoragePlaces.Of(found.Request),
        After = after,
        Before = asked - StockMachine.Settled,
    };

    /// <summary>The Job that is wanted; null when its storage is gone.</summary>
    public static JobOrder? Order(ClusterKey key, ClusterState state, ClusterSpec spec, ClusterSweep sweep, StockRequest stock) => !spec.Storages.TryGetValue(sweep.Storage, out var storage) ? null : new()
    {
        Subject = JobSubject.Of(key),
        Job = sweep.Job!,
        Request = new()
        {
            Version = JobRequest.ClusterSweepVersion,
            Operation = JobOperation.SweepCluster,
            Backup = new() { Namespace = key.Namespace, Cluster = key.Name, Name = key.Name, Uid = state.Uid },
            Attempt = sweep.Number,
            Storage = storage.Request,
            Sweep = new() { Asked = sweep.Asked, SafeAgeSeconds = (long)SafeAge.TotalSeconds, KnownUids = KnownUids(state), OnlyReports = sweep.OnlyReports, Stock = stock },
            Deadline = sweep.Asked + JobDeadline,
        },
        Storage = storage,
        Jobs = new() { Image = spec.Image, ServiceAccountName = spec.ServiceAccountName },
        Environment = storage.ContainerOptions.Environment,
        ActiveDeadline = JobDeadline,
        OwnedByResource = true,
    };

    /// <summary>The instant of the day at which a storage is swept, the first that is not before another instant. Clusters spread over the day, each stays at its own.</summary>
    public static DateTimeOffset Slot(ClusterKey key, string storage, DateTimeOffset notBefore)
    {
        var share = XxHash32.HashToUInt32(Encoding.UTF8.GetBytes($"{key}#{storage}")) / (double)uint.MaxValue;
        var slot = new DateTimeOffset(notBefore.UtcDateTime.Date, TimeSpan.Zero) + (Day * share);
        return slot < notBefore ? slot + Day : slot;
    }

    // Who runs comes first, then what is good: the safe age alone protects whoever finds no room.
    internal static IReadOnlyList<string> KnownUids(ClusterState state) =>
        [.. new[] { state.Running?.Uid }.OfType<string>().Concat(state.Good.Select(good => good.FolderUid)).Concat(state.Waiting.Select(waiter => waiter.Uid))
            .Distinct().Take(SweepRequest.MaximumKnownUids)];

    private static ClusterState Follow(ClusterKey key, ClusterState state, DateTimeOffset now)
    {
        var wanted = state.Spec?.Storages.Keys.Order(StringComparer.Ordinal).ToList() ?? [];
        return wanted.SequenceEqual(state.Sweeps.Select(sweep => sweep.Storage)) ? state : state with
        {
            Sweeps = [.. wanted.Select(name => state.Sweeps.FirstOrDefault(sweep => sweep.Storage == name) ?? new() { Storage = name, Due = Slot(key, name, now) })],
        };
    }

    private static ClusterState GiveUp(ClusterKey key, ClusterState state, DateTimeOffset now) =>
        Running(state) is { } running && now > running.Asked + JobDeadline + Grace
            ? Replace(state, Fail(key, running, Reasons.DeadlineExceeded, "Nothing was heard of the Job within its time.", now, mayPass: true))
            : state;

    private static ClusterState Begin(ClusterKey key, ClusterState state, DateTimeOffset now)
    {
        if (state.Spec is null || Running(state) is not null || state.Sweeps.Where(sweep => sweep.Untold is null && (GoesOn(sweep) || sweep.Wished || sweep.Due <= now)).MinBy(sweep => (!GoesOn(sweep), !sweep.Wished, sweep.Due)) is not { } next)
            return state;
        var number = Math.Max(next.Number + 1, (int)(now.ToUnixTimeSeconds() / 60));
        return Replace(state, next with
        {
            Number = number,
            Job = JobNames.ForSweep(key.Name, state.Uid, next.Storage, number),
            Asked = now,
            OnlyReports = GoesOn(next) || (next.Wished && next.WishedReport),
            Wished = GoesOn(next) && next.Wished,
            WishedReport = GoesOn(next) && next.WishedReport,
        });
    }

    // More backups than fit into one report: what comes after them is compared by further Jobs, which do nothing else.
    private static bool GoesOn(ClusterSweep sweep) => sweep.After.Length > 0;

    /// <summary>The catalogue was told.</summary>
    public static ClusterState Told(ClusterState state, string storage) =>
        Replace(state, state.Sweeps.First(sweep => sweep.Storage == storage) with { Untold = null });

    private static ClusterSweep End(ClusterKey key, ClusterSpec? spec, ClusterSweep sweep, JobReport report, DateTimeOffset now)
    {
        // With a fault there may be figures all the same: what one lock refused did not keep the rest.
        var seen = report.Sweep is not { } found ? sweep
            : GoesOn(sweep) ? Compare(spec, sweep, found.Stock)
            : Compare(spec, sweep, found.Stock) with { Completed = now, Found = found with { Stock = null }, ObjectsRemoved = report.ObjectsRemoved ?? 0 };
        return report.Fault is { } fault
            ? Fail(key, seen, fault.ToString(), report.Message, now, MayPass.Contains(fault))
            : seen with { Job = null, Failures = 0, Reason = null, Message = GoesOn(sweep) ? sweep.Message : report.Message, Due = sweep.OnlyReports ? sweep.Due : Next(key, sweep, now) };
    }

    private static ClusterSweep Compare(ClusterSpec? spec, ClusterSweep sweep, StockSummary? stock) =>
        stock is null || spec is null || Inquiry(spec, sweep.Storage, sweep.After, sweep.Asked) is not { } inquiry ? sweep : sweep with
        {
            Stock = (GoesOn(sweep) && sweep.Stock is { } known ? known : new(0, [], 0)).With(stock),
            Untold = new() { Inquiry = inquiry, Until = stock.Next, Missing = stock.Missing },

            // Whoever says twice that he came no further would go on for ever.
            After = stock.Next is { } next && StockRequest.Order(next, sweep.After) > 0 ? next : "",
        };

    private static ClusterSweep Fail(ClusterKey key, ClusterSweep sweep, string reason, string message, DateTimeOffset now, bool mayPass)
    {
        var failures = sweep.Failures + 1;
        var pause = FirstRetry * Math.Pow(2, Math.Min(failures - 1, 7));
        return sweep with
        {
            Job = null,
            After = "",
            Failures = failures,
            Reason = reason,
            Message = message,
            Due = mayPass && pause < Day ? now + pause : Next(key, sweep, now),
        };
    }

    // Half a day at least lies between two of them, whatever the hour.
    private static DateTimeOffset Next(ClusterKey key, ClusterSweep sweep, DateTimeOffset now) => Slot(key, sweep.Storage, now + (Day / 2));

    private static ClusterState Replace(ClusterState state, ClusterSweep sweep) =>
        state with { Sweeps = [.. state.Sweeps.Select(one => one.Storage == sweep.Storage ? sweep : one)] };
}
