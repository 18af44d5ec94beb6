using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>What other restores left on a volume.</summary>
internal static class RemainsOfOthers
{
    /// <summary>The UID of a restore that is unfinished here, or whose previous data lie here; null when there is none.</summary>
    internal static string? Find(VolumePlace place, VolumeRequest volume, string uid) =>
        place.Uids().FirstOrDefault(other => other != uid && !IsSpent(new VolumePlace(place.Root, volume.DataDirectory, other)));

    /// <summary>Removes what nobody needs any more, and insists that there is nothing else.</summary>
    internal static void Clear(VolumePlace place, VolumeRequest volume, string uid)
    {
        if (Find(place, volume, uid) is { } other)
        {
            var state = VolumeState.Read(new VolumePlace(place.Root, volume.DataDirectory, other).State);
            throw new JobFaultException(JobFault.VolumeTaken, $"The restore {state?.Restore} (UID {other}) is at {state?.Step} on this volume, or its previous data lie there. Confirm it or undo it first.");
        }

        foreach (var spent in place.Uids().Where(name => name != uid))
            new VolumeJournal(new VolumePlace(place.Root, volume.DataDirectory, spent)).Tidy();
    }

    private static bool IsSpent(VolumePlace place)
    {
        try
        {
            return new VolumeJournal(place).Find() is null or { Step: VolumeStep.Leaving } or { Step: VolumeStep.Switched or VolumeStep.Dropping, PreviousGone: true };
        }
        catch (JobFaultException)
        {
            return false;
        }
    }
}
