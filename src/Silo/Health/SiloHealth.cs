using ControlPlane.Silo.Storage;

namespace ControlPlane.Silo.Health;

/// <summary>
/// What probes are told. Startup: the silo has joined. Ready: it has joined, is not stopping, and its database answers. Live: this process
/// answers at all; never more, or a slow disk would have every silo killed at once.
/// </summary>
internal sealed class SiloHealth(IHostApplicationLifetime lifetime, Database database, TimeProvider time)
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(3);

    /// <summary>Whether the silo has joined.</summary>
    public bool HasStarted => lifetime.ApplicationStarted.IsCancellationRequested;

    /// <summary>Null when it is ready; otherwise why not.</summary>
    public async Task<string?> ObjectionAsync(CancellationToken cancellationToken)
    {
        if (!HasStarted)
            return "The silo is starting.";
        if (lifetime.ApplicationStopping.IsCancellationRequested)
            return "The silo is stopping.";
        using var limit = new CancellationTokenSource(Limit, time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(limit.Token, cancellationToken);
        try
        {
            await database.ProbeAsync(both.Token);
            return null;
        }
        catch (Exception trouble) when (trouble is System.Data.Common.DbException or OperationCanceledException or ObjectDisposedException)
        {
            return "The database does not answer.";
        }
    }
}
