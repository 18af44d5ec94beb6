using ControlPlane.Abstractions.Fleet;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace ControlPlane.Operator.Fleet;

/// <summary>Tells the ledger that the fleet's budgets changed, so that what waits is judged by them at once. Each silo says it: it is one word, and one of them may be behind.</summary>
internal sealed partial class BudgetFollower(FleetBudgets budgets, IGrainFactory grains, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<BudgetFollower> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(2);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        try
        {
            var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = lifetime.ApplicationStarted.Register(started.SetResult);
            await started.Task.WaitAsync(stoppingToken);
            string? told = null;
            await foreach (var snapshot in budgets.FollowAsync(stoppingToken))
            {
                // What the ledger shows of a budget comes back as a change, and a fleet that never had one asks nobody.
                var said = string.Join('\n', snapshot.Entries.Values.Select(entry => FormattableString.Invariant($"{entry.Name} {entry.Header.Uid} {entry.Header.Generation}")));
                if (!snapshot.Synced || said == told || (told is null && said.Length == 0))
                    continue;
                await TellAsync(stoppingToken);
                told = said;
            }
        }
        catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
        {
            // The silo stops.
        }
    }

    private async Task TellAsync(CancellationToken stop)
    {
        while (true)
        {
            try
            {
                await grains.GetGrain<IBudgetGrain>(IBudgetGrain.Key).FollowAsync();
                return;
            }
            catch (Exception trouble) when (!stop.IsCancellationRequested)
            {
                LogNotTold(trouble, Pause);
                await Task.Delay(Pause, time, stop);
            }
        }
    }

    [LoggerMessage(2691, LogLevel.Warning, "The ledger could not be told of changed budgets; it is tried again in {Pause}")]
    private partial void LogNotTold(Exception trouble, TimeSpan pause);
}
