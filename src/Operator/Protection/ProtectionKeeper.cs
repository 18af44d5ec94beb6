using System.Diagnostics.Metrics;
using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Members;
using ControlPlane.Abstractions.Ports;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace ControlPlane.Operator.Protection;

/// <summary>Tells of what is not protected in the members that this silo watches: by metrics, and by an Event at each database that nobody described.</summary>
internal sealed partial class ProtectionKeeper(ProtectionRegister register, IStatusWriter writer, IOptions<DiscoveryOptions> options, TimeProvider time, ILogger<ProtectionKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    /// <summary>So many Events in one go: a fleet that is found on the first day is told of in the course of it.</summary>
    private const int MostEvents = 20;

    private readonly Meter meter = new("ControlPlane");
    private readonly HashSet<string> told = new(StringComparer.Ordinal);

    public override Task StartAsync(CancellationToken cancellationToken)
    {
        meter.CreateObservableGauge(
            "controlplane.unprotected.clusters", () => Measure(seen => seen.ClustersWithout), description: "MySQLClusters of a member for which nothing falls due.");
        meter.CreateObservableGauge(
            "controlplane.unprotected.databases", () => Measure(seen => seen.DatabasesWithout), description: "StatefulSets of a member that look like databases and that no MySQLCluster describes.");
        return base.StartAsync(cancellationToken);
    }

    public override void Dispose()
    {
        meter.Dispose();
        base.Dispose();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
                await TellAsync(stoppingToken);
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    /// <summary>Tells of those that have been there long enough, each once.</summary>
    internal async Task TellAsync(CancellationToken cancellationToken)
    {
        var there = register.Watched().SelectMany(member => (register.Undescribed(member)?.All ?? []).Select(database => (Member: member, Database: database))).ToList();
        told.IntersectWith(there.Select(one => one.Database.Note.Uid));
        var latest = time.GetUtcNow() - options.Value.TellAfter;
        foreach (var (member, database) in there.Where(one => one.Database.Note.Since <= latest && !told.Contains(one.Database.Note.Uid)).Take(MostEvents))
        {
            try
            {
                await writer.RecordAsync(Describe(member, database), cancellationToken);
                told.Add(database.Note.Uid);
            }
            catch (Exception trouble) when (!cancellationToken.IsCancellationRequested)
            {
                LogNotTold(trouble, member, database.Namespace, database.Name);
            }
        }
    }

    private static ResourceEvent Describe(MemberKey member, (string Namespace, string Name, DatabaseNote Note) database) => new()
    {
        Kind = "StatefulSet",
        ApiVersion = "apps/v1",
        Member = member.Name,
        Namespace = database.Namespace,
        Name = database.Name,
        Uid = database.Note.Uid,
        Warning = true,
        Reason = Reasons.NotDescribed,
        Action = "Protect",
        Message = $"It looks like a database, by its image '{database.Note.Image}', and no MySQLCluster of this namespace describes it: nothing backs it up.",
        Time = database.Note.Since,
    };

    private IEnumerable<Measurement<int>> Measure(Func<MemberProtection, int> what) =>
        register.Watched().Select(member => (Member: member, Seen: register.See(member))).Where(one => one.Seen.Judged is not null)
            .Select(one => new Measurement<int>(what(one.Seen), new KeyValuePair<string, object?>("member", one.Member.Name)));

    [LoggerMessage(2654, LogLevel.Warning, "Member {Member}: that StatefulSet {Namespace}/{Name} is a database that nobody described could not be told, and is tried again")]
    private partial void LogNotTold(Exception trouble, MemberKey member, string @namespace, string name);
}
