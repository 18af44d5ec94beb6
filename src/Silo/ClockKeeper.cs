using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo;

/// <summary>Sets the shared clock by the database, every half minute.</summary>
internal sealed partial class ClockKeeper(SharedClock clock, Database database, TimeProvider time, ILogger<ClockKeeper> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(30);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (clock.Offset != TimeSpan.Zero)
            LogOff(clock.Offset);
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
        {
            try
            {
                if (await clock.SetAsync(database.AskTimeAsync, stoppingToken))
                    LogOff(clock.Offset);
            }
            catch (Exception trouble) when (!stoppingToken.IsCancellationRequested)
            {
                // The offset that is known stays.
                LogNotAsked(trouble);
            }
        }
    }

    [LoggerMessage(4011, LogLevel.Warning, "The clock of this machine and the database's disagree: {Offset} is added to it")]
    private partial void LogOff(TimeSpan offset);

    [LoggerMessage(4012, LogLevel.Debug, "The database could not be asked for its time")]
    private partial void LogNotAsked(Exception trouble);
}
