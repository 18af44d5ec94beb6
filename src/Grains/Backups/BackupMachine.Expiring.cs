using ControlPlane.Abstractions;
using ControlPlane.Abstractions.Backups;

namespace ControlPlane.Grains.Backups;

/// <summary>
/// The end that retention brings: many backups' data goes in one Job of their cluster, and each of them only learns of it. What it has
/// agreed to it stands by, since a part of its data may be gone already.
/// </summary>
internal static partial class BackupMachine
{
    private static BackupState Expire(BackupState state, BackupExpiry expiry) => state.Uid != expiry.Uid || state.Expires || !MayExpire(state) ? state : state with
    {
        Expires = true,
        Reason = Reasons.Expired,
        Message = $"Its retention lets it go, and its data is being removed: {Sentence(expiry.Message)}",
        NewsOwed = true,
    };

    // Who works on the data, or holds it, is asked again later.
    private static bool MayExpire(BackupState state) =>
        state is { Errand: BackupErrand.None, Job: null, Gone: false, Removed: false, LentTo.Count: 0, Spec: { Held: false, DeletesData: true, Deleting: false } } && state.Phase.IsFinal();

    private static BackupState Prune(BackupState state, string uid) => state.Uid != uid || state.Removed || !state.Expires ? state : state with
    {
        Removed = true,
        Message = "Its retention let it go, and its data was removed.",
        NewsOwed = true,
    };
}
