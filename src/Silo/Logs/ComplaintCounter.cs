namespace ControlPlane.Silo.Logs;

/// <summary>Says every minute how many complaints were not written, so that none is hidden.</summary>
internal sealed partial class ComplaintCounter(RepeatedComplaints complaints, TimeProvider time, ILogger<ComplaintCounter> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromMinutes(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(Pause, time);
        while (await timer.WaitForNextTickAsync(stoppingToken))
            foreach (var (complaint, withheld) in complaints.Count())
                LogWithheld(complaint.Category, complaint.EventId, withheld, Pause);
    }

    [LoggerMessage(4021, LogLevel.Warning, "{Category} said event {Event} {Withheld} times more within {Pause} than is written here")]
    private partial void LogWithheld(string category, int @event, int withheld, TimeSpan pause);
}
