using ControlPlane.Grains;
using ControlPlane.Operator;
using ControlPlane.Silo.Fleet;
using ControlPlane.Silo.Health;
using ControlPlane.Silo.Logs;
using ControlPlane.Silo.Storage;
using Microsoft.Extensions.Logging.Console;
using Microsoft.Extensions.Options;
using Orleans.Dashboard;
using Orleans.Reminders;

namespace ControlPlane.Silo;

/// <summary>Puts a silo together. Decides nothing.</summary>
internal static class SiloHost
{
    /// <summary>Builds a silo whose edge is added by <paramref name="addEdge"/>.</summary>
    public static async Task<WebApplication> BuildAsync(string[] args, Action<IServiceCollection, IConfiguration> addEdge)
    {
        // A content root with much below it costs seconds at start: its files are watched.
        var builder = WebApplication.CreateSlimBuilder(new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory });
        var options = ReadOptions(builder.Configuration);
        builder.Logging.AddConfiguredLogging(options);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(options));

        var database = Database.Open(options);
        await PrepareAsync(database);
        builder.Services.AddSingleton(_ => database);
        builder.Services.AddSingleton(Options.Create(options));
        builder.Services.AddSingleton(TimeProvider.System);
        builder.Services.AddSingleton<SiloHealth>();
        builder.Services.AddFleet();
        builder.Services.AddConfiguredMetrics();
        builder.Services.AddHostedService<MemberCaller>();
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = options.ShutdownTimeout);
        if (database.IsShared)
            await builder.Services.AddSharingAsync(database);
        addEdge(builder.Services, builder.Configuration);
        builder.UseOrleans(silo => silo
            .UseConfiguredClustering(options, database)
            .AddControlPlaneGrains()
            .AddDashboard(dashboard => dashboard.HideTrace = true));

        var app = builder.Build();

        // The container disposes of what it made: asked for once, it goes after everything that uses it.
        _ = app.Services.GetRequiredService<Database>();
        app.MapDoors(options);
        return app;
    }

    private static async Task PrepareAsync(Database database)
    {
        try
        {
            await database.PrepareAsync(CancellationToken.None);
        }
        catch
        {
            database.Dispose();
            throw;
        }
    }

    /// <summary>What silos that share a database have in common besides: their keys, and the time.</summary>
    private static async Task AddSharingAsync(this IServiceCollection services, Database database)
    {
        services.PostConfigure<OperatorOptions>(keys => keys.KeysAreShared = true);
        var clock = new SharedClock(TimeProvider.System);
        await clock.SetAsync(database.AskTimeAsync, CancellationToken.None);
        services.AddSingleton(clock);
        services.AddSingleton<TimeProvider>(clock);
        services.AddKeyedSingleton<TimeProvider>(TimeProviderNames.Grains, clock);
        services.AddKeyedSingleton<TimeProvider>(ReminderTimeProviderNames.Reminders, clock);
        services.AddHostedService<ClockKeeper>();
    }

    private static SiloOptions ReadOptions(IConfiguration configuration)
    {
        var options = configuration.GetSection(SiloOptions.Section).Get<SiloOptions>() ?? new();
        var verdict = new SiloOptionsValidator().Validate(SiloOptions.Section, options);
        return verdict.Failed ? throw new OptionsValidationException(SiloOptions.Section, typeof(SiloOptions), verdict.Failures) : options;
    }

    private static void AddConfiguredLogging(this ILoggingBuilder logging, SiloOptions options)
    {
        logging.ClearProviders();
        logging.AddFilter("Orleans", LogLevel.Warning);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.Hosting.Lifetime", LogLevel.Information);
        logging.AddFilter("Polly", LogLevel.Warning);

        // Recommends server GC, which is left out on purpose.
        logging.AddFilter("Orleans.Runtime.Silo", LogLevel.Error);

        // Counts from the machine's boot at start, and so complains of nothing.
        logging.AddFilter("Orleans.Runtime.Watchdog", LogLevel.Error);
        var complaints = new RepeatedComplaints();
        logging.AddSampler(complaints);
        logging.Services.AddSingleton(complaints).AddHostedService<ComplaintCounter>();
        if (options.LogFormat == LogFormat.Json)
            logging.AddJsonConsole(console => Format(console));
        else
            logging.AddSimpleConsole(console =>
            {
                Format(console);
                console.SingleLine = true;
                console.ColorBehavior = LoggerColorBehavior.Disabled;
            });
    }

    private static void Format(ConsoleFormatterOptions console)
    {
        console.UseUtcTimestamp = true;
        console.TimestampFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z' ";
        console.IncludeScopes = false;
    }
}
