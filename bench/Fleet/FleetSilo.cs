using System.Diagnostics.Metrics;
using System.Globalization;
using ControlPlane.Abstractions.Clusters;
using ControlPlane.Abstractions.Fleet;
using ControlPlane.Abstractions.Ports;
using ControlPlane.Operator;
using ControlPlane.Silo;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;

namespace ControlPlane.Fleet;

/// <summary>
/// A silo as its program makes it, with a stand-in for Kubernetes. It is told what to do line by line, and answers each with one line: numbers with spaces between.
/// </summary>
internal static class FleetSilo
{
    private const int AtOnce = 64;

    private static long reads;
    private static long writes;
    private static long armed;
    private static long woken;

    public static async Task RunAsync(string[] arguments)
    {
        using var listener = Listen();
        WebApplication? app = null;
        var edge = new CountingEdge(() => app!.Services.GetRequiredService<IGrainFactory>(), TimeProvider.System);

        // The operator for the keys by which silos know one another; its ports are the stand-in's.
        app = await SiloHost.BuildAsync(arguments, (services, _) => services.AddOperator()
            .AddSingleton<IJobDispatcher>(edge).AddSingleton<ISurveyor>(edge).AddSingleton<IStatusWriter>(edge)
            .AddSingleton<IWorkloadKeeper>(edge).AddSingleton<IMemberWatcher>(edge).AddSingleton<IBackupRequester>(edge).AddSingleton<IWorkloadScaler>(edge).AddSingleton<IDrillKeeper>(edge).AddSingleton<IFleetBudgets>(edge));
        await app.StartAsync();
        await Console.Out.WriteLineAsync("ready");
        while (await Console.In.ReadLineAsync() is { } line && line != "quit")
        {
            await Console.Out.WriteLineAsync(line.Split(' ') switch
            {
                ["apply", var from, var to] => await ApplyAsync(app, Number(from), Number(to), null),
                ["due", var from, var to, var when] => await ApplyAsync(app, Number(from), Number(to), DateTimeOffset.Parse(when, CultureInfo.InvariantCulture)),
                ["counts"] => Counts(listener, edge),
                ["run", var places] => await RunBackupsAsync(app, edge, Number(places)),
                ["jobs"] => string.Join(' ', edge.Runner.Lateness.Values.Select(seconds => seconds.ToString("F3", CultureInfo.InvariantCulture))),
                ["lateness"] => string.Join(' ', edge.Lateness.Values.Select(seconds => seconds.ToString("F3", CultureInfo.InvariantCulture))),
                ["collect"] => Collect(),
                ["fill", var from, var to, var backups] => await Catalogues.Of(app.Services).FillAsync(Number(from), Number(to), Number(backups)),
                ["newest", var number, var count] => await Catalogues.Of(app.Services).NewestAsync(Number(number), Number(count)),
                ["plan", var number] => await Catalogues.Of(app.Services).PlanAsync(Number(number)),
                ["view-clusters", var member, var count] => await FleetRows.WriteClustersAsync(app.Services.GetRequiredService<IFleetView>(), Number(member), Number(count)),
                ["view-tasks", var member, var count] => await FleetRows.WriteTasksAsync(app.Services.GetRequiredService<IFleetView>(), Number(member), Number(count)),
                ["view-backups", var member, var count, var each] => await FleetRows.WriteBackupsAsync(app.Services.GetRequiredService<IFleetView>(), Number(member), Number(count), Number(each)),
                ["load-backups", var count, var each] => await FleetRows.LoadBackupsAsync(app.Services.GetRequiredService<Silo.Storage.Database>(), Number(count), Number(each)),
                ["view-size"] => await FleetRows.SizeAsync(app.Services.GetRequiredService<Silo.Storage.Database>()),
                ["woken"] => string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Read(ref woken)} {Interlocked.Read(ref reads)}"),
                _ => "unknown",
            });
        }

        await app.StopAsync();
        await app.DisposeAsync();
    }

    private static async Task<string> ApplyAsync(WebApplication app, int from, int to, DateTimeOffset? due)
    {
        var (grains, now, start) = (app.Services.GetRequiredService<IGrainFactory>(), TimeProvider.System.GetUtcNow(), TimeProvider.System.GetTimestamp());
        await Parallel.ForAsync(from, to, new ParallelOptions { MaxDegreeOfParallelism = AtOnce }, async (number, token) =>
            await grains.GetGrain<IClusterGrain>(FleetOf.Key(number)).ApplyAsync(FleetOf.Spec(number, now, due), token));
        return TimeProvider.System.GetElapsedTime(start).TotalSeconds.ToString("F3", CultureInfo.InvariantCulture);
    }

    // From now on backups run, under a budget where there are places.
    private static async Task<string> RunBackupsAsync(WebApplication app, CountingEdge edge, int places)
    {
        edge.Runner.IsOn = true;
        if (places > 0)
        {
            edge.Current = [StandInRunner.Budget(places)];
            await app.Services.GetRequiredService<IGrainFactory>().GetGrain<IBudgetGrain>(IBudgetGrain.Key).FollowAsync();
        }

        return "1";
    }

    private static string Counts(MeterListener listener, CountingEdge edge)
    {
        Interlocked.Exchange(ref armed, 0);
        listener.RecordObservableInstruments();
        return string.Create(CultureInfo.InvariantCulture, $"{Interlocked.Read(ref reads)} {Interlocked.Read(ref writes)} {edge.Calls} {Interlocked.Read(ref armed)} {edge.Lateness.Count} {edge.Jobs}");
    }

    private static string Collect()
    {
        GC.Collect();
        return (GC.GetTotalMemory(forceFullCollection: true) >> 20).ToString(CultureInfo.InvariantCulture);
    }

    // What Orleans counts itself: each read and write of grain state, each reminder that is armed in this silo.
    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = (instrument, to) =>
            {
                if (instrument.Meter.Name == "Microsoft.Orleans" && instrument.Name is "orleans-storage-read-latency" or "orleans-storage-write-latency" or "orleans-reminders-active" or "orleans-catalog-activation-created")
                    to.EnableMeasurementEvents(instrument);
            },
        };
        listener.SetMeasurementEventCallback<double>((instrument, _, _, _) => Take(instrument.Name, 1));
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => Take(instrument.Name, value));
        listener.SetMeasurementEventCallback<int>((instrument, value, _, _) => Take(instrument.Name, value));
        listener.Start();
        return listener;
    }

    private static void Take(string name, long value)
    {
        if (name.EndsWith("read-latency", StringComparison.Ordinal))
            Interlocked.Increment(ref reads);
        else if (name.EndsWith("write-latency", StringComparison.Ordinal))
            Interlocked.Increment(ref writes);
        else if (name.EndsWith("created", StringComparison.Ordinal))
            Interlocked.Add(ref woken, value);
        else
            Interlocked.Add(ref armed, value);
    }

    private static int Number(string text) => int.Parse(text, CultureInfo.InvariantCulture);
}
