using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Grains.Backups;

/// <summary>Restores and drills that read a backup: as long as they do its data stay, whoever wants them gone.</summary>
internal static partial class BackupMachine
{
    private static BackupState Lend(BackupState state, string reader) =>
        state.LentTo.Contains(reader) || state.Gone ? state : Lent(state, [.. state.LentTo, reader]);

    private static BackupState Return(BackupKey key, BackupState state, string reader, DateTimeOffset now)
    {
        if (!state.LentTo.Contains(reader))
            return state;
        var back = Lent(state, [.. state.LentTo.Where(one => one != reader)]);

        // A removal that was tried already has a time of its own.
        return back is { Errand: BackupErrand.Removing, Job: null, Tries: 0, Cluster: not null, LentTo.Count: 0 } ? BeginRemoving(key, back, now) : back;
    }

    private static BackupState Lent(BackupState state, IReadOnlyList<string> readers) => state with { LentTo = readers, NewsOwed = state.Phase.IsFinal() || state.NewsOwed };

    /// <summary>Its owner deleted it while it is read. Who reads it may never say that it has ended, so this is not waited for for ever.</summary>
    private static BackupState AwaitReturn(BackupState removing, DateTimeOffset now) => removing with
    {
        RetryAt = now + BackupPatience.Start,
        Reason = Reasons.RemovingData,
        Message = $"A restore or a drill reads the data under {removing.Destination}; they are removed after it, at {Clock(now + BackupPatience.Start)} at the latest. {HowToLetGo(removing)}",
    };
}
