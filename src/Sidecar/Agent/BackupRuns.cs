namespace ControlPlane.Sidecar.Agent;

/// <summary>The runs that this process knows: at most one that goes on, and the last one that ended.</summary>
internal sealed class BackupRuns
{
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
    }

    /// <summary>The run of that UID, or null.</summary>
    internal BackupRun? Find(string uid)
    {
        lock (gate)
            return current?.Uid == uid ? current : ended?.Uid == uid ? ended : null;
    }
}
