using System.Globalization;
using ControlPlane.Abstractions.Backups;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Ports;
using Orleans.Runtime.Placement;

namespace ControlPlane.Silo.Tests.Fixtures;

/// <summary>A plane of several silos on one PostgreSQL: one in this process, through which the test speaks, and others to be killed.</summary>
internal sealed class ManySilos : IAsyncDisposable
{
    // A silo that has just joined is known to all others by then.
    private static readonly TimeSpan Soon = TimeSpan.FromSeconds(10);

    private readonly TemporaryFolder folder = new();
    private readonly List<SiloProcess> others = [];
    private readonly string[] database;
    private RunningSilo? here;

    public ManySilos(string connectionString)
    {
        Directory.CreateDirectory(Kubernetes);
        database = ManyArguments.For(folder.Path, connectionString, SharedKeys.Make(Path.Combine(folder.Path, "keys")));
    }

    public IGrainFactory Grains => here!.Grains;

    public RunningSilo Here => here!;

    private string Kubernetes => Path.Combine(folder.Path, "kubernetes");

    /// <summary>Starts a silo in this process, called <c>here</c>.</summary>
    public async Task StartHereAsync() => here = await RunningSilo.StartAsync(database, services => SiloProcess.AddEdge(services, Kubernetes, "here"));

    /// <summary>Starts one in a process of its own; it may not be ready yet. <paramref name="program"/> is another release, as it was built.</summary>
    public SiloProcess Start(string name, string? clock = null, string? program = null, params string[] settings)
    {
        var silo = SiloProcess.Start(Kubernetes, name, database, clock, program, settings);
        others.Add(silo);
        return silo;
    }

    public async Task<SiloAddress[]> MembersAsync() => [.. (await Grains.GetGrain<IManagementGrain>(0).GetHosts(onlyActive: true)).Keys];

    public async Task JoinedAsync(int count) => await Patience.UntilAsync(TimeSpan.FromSeconds(60), async () => (await MembersAsync()).Length == count);

    public async Task<SiloAddress> AddressAsync(SiloProcess silo) => (await MembersAsync()).Single(member => member.Endpoint.Port == silo.SiloPort);

    public ValueTask<SiloAddress?> WhereIsAsync(IAddressable grain) => Grains.GetGrain<IManagementGrain>(0).GetActivationAddress(grain);

    public IBackupGrain Backup(string name) => Grains.GetGrain<IBackupGrain>(Key(name).ToString());

    /// <summary>Begins a backup whose grain, and whose cluster's, live where they are told to, and waits until it runs.</summary>
    public async Task BeginAsync(string backup, string cluster, SiloAddress place)
    {
        RequestContext.Set(IPlacementDirector.PlacementHintKey, place);
        var grain = Grains.GetGrain<IClusterGrain>(new ClusterKey(Orders.Member, "shop", cluster).ToString());
        await InsistAsync(Soon, () => grain.ApplyAsync(Orders.Spec("uid-" + cluster)));
        await InsistAsync(Soon, () => Backup(backup).ApplyAsync(Orders.Wish("uid-" + backup, cluster)));
        RequestContext.Clear();
        Assert.Equal(place, await WhereIsAsync(Backup(backup)));
        await Patience.UntilAsync(TimeSpan.FromSeconds(30), () => Jobs(backup).Count == 1);
        await Backup(backup).ObserveJobAsync(Look(backup));
        await Patience.UntilAsync(TimeSpan.FromSeconds(30), () => Said($"status {backup} Running").Any());
    }

    /// <summary>A cluster with one schedule, which falls due once within the hour; its grain lives where it is told to.</summary>
    public async Task ScheduleAsync(string cluster, DateTimeOffset due, SiloAddress place)
    {
        var schedule = new ScheduleSpec { Name = "once", Cron = $"{due.Minute} * * * *", StorageName = "s3-main" };
        RequestContext.Set(IPlacementDirector.PlacementHintKey, place);
        var grain = Grains.GetGrain<IClusterGrain>(new ClusterKey(Orders.Member, "shop", cluster).ToString());
        await InsistAsync(Soon, () => grain.ApplyAsync(Orders.Spec("uid-" + cluster) with { Schedules = [schedule] }));
        RequestContext.Clear();
        Assert.Equal(place, await WhereIsAsync(grain));
    }

    /// <summary>The work of every Job is done from now on.</summary>
    public void EndJobs() => File.WriteAllText(Path.Combine(Kubernetes, "ended"), "");

    public JobSighting Look(string backup) => StandInFolderEdge.Look(Kubernetes, Jobs(backup).Single());

    /// <summary>The names of the Jobs that were made to take this backup.</summary>
    public IReadOnlyList<string> Jobs(string backup) => [.. Said($"job {backup} Backup ").Select(word => word.What.Split(' ')[^1])];

    /// <summary>What silos wrote down that begins so, in the order in which it happened.</summary>
    public IEnumerable<(long At, string Silo, string What)> Said(string begin) => Directory.EnumerateFiles(Kubernetes, "*.said")
        .SelectMany(file => Lines(file).Select(line => (long.Parse(line.Split(' ')[0], CultureInfo.InvariantCulture), Path.GetFileNameWithoutExtension(file), line[(line.IndexOf(' ', StringComparison.Ordinal) + 1)..])))
        .Where(word => word.Item3.StartsWith(begin, StringComparison.Ordinal)).OrderBy(word => word.Item1);

    /// <summary>
    /// The silos that hold the watches, as far as they got to say so: one, but for a moment after another has joined, when Orleans may make a
    /// grain twice and then ends one of the two.
    /// </summary>
    public IReadOnlyList<string> Watching() => [.. Said("watch ").GroupBy(word => word.Silo).Where(words => words.Last().What == "watch starts").Select(words => words.Key)];

    /// <summary>Says it again and again, as a watch does, until it is taken; how long that took.</summary>
    public static Task<TimeSpan> InsistAsync(TimeSpan limit, Func<Task> call) => Patience.UntilAsync(limit, async () =>
    {
        try
        {
            await call().WaitAsync(TimeSpan.FromSeconds(5));
            return true;
        }
        catch (Exception trouble) when (trouble is OrleansException or TimeoutException or System.Data.Common.DbException or HttpRequestException)
        {
            return false;
        }
    });

    public string Log(SiloProcess silo) => string.Join('\n', Lines(Path.Combine(Kubernetes, silo.Name + ".log")));

    public async ValueTask DisposeAsync()
    {
        if (here is not null)
            await here.DisposeAsync();
        foreach (var silo in others)
            await silo.DisposeAsync();
        folder.Dispose();
    }

    private static BackupKey Key(string name) => new(Orders.Member, "shop", name);

    private static string[] Lines(string file)
    {
        using var reader = new StreamReader(new FileStream(file, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete));
        return reader.ReadToEnd().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
