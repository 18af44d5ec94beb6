namespace ControlPlane.Sidecar.Agent;

/// <summary>The runs that this process knows: at most one that goes on, and the last one that ended.</summary>
internal sealed class BackupRuns : IDisposable
{
    // The tool has ten seconds to end by itself before it is killed.
    private static readonly TimeSpan EndingLimit = TimeSpan.FromSeconds(15);

    private readonly Lock gate = new();
    private BackupRun? current;
    private BackupRun? ended;

    /// <summary>The UID of the backup that runs now.</summary>
    internal string? RunningUid
    {
        get
        {
            lock (gate)
                return current?.Uid;
        }
    }

    /// <summary>
    /// Ends an earlier attempt of the same backup that still has the place. The plane begins an attempt only when the one before is
    /// over; if it still streams here, its reader vanished without a word, and the connection would notice that only after a quarter of an hour.
    /// </summary>
    internal async Task SupersedeAsync(string uid, int attempt, CancellationToken cancellationToken)
    {
        BackupRun? earlier;
        lock (gate)
            earlier = current?.Uid == uid && current.Attempt < attempt ? current : null;
        if (earlier is not null)
            await earlier.SupersedeAsync(EndingLimit, cancellationToken);
    }

    /// <summary>
    /// Takes the Pod's only place. When it is taken, or when that very run has already been (its stream cannot be had twice), null is
    /// returned and <paramref name="inTheWay"/> is the run that says why.
    /// </summary>
    internal BackupRun? TryBegin(string uid, int attempt, out BackupRun? inTheWay)
    {
        lock (gate)
        {
            inTheWay = current ?? (ended?.Uid == uid && ended.Attempt == attempt ? ended : null);
            if (inTheWay is not null)
                return null;
            return current = new BackupRun(uid, attempt);
        }
    }

    /// <summary>Gives the place back.</summary>
    internal void End(BackupRun run)
    {
        lock (gate)
        {
            if (current == run)
                (current, ended) = (null, run);
        }

        run.Dispose();
    }

    public void Dispose()
    {
        current?.Dispose();
        ended?.Dispose();
    }

    /// <summary>The run of that UID, or null.</summary>
    internal BackupRun? Find(string uid)
    {
        lock (gate)
            return current?.Uid == uid ? current : ended?.Uid == uid ? ended : null;
    }
}
