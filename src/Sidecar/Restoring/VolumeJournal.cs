using ControlPlane.Protocol;
using ControlPlane.Sidecar.Runner;

namespace ControlPlane.Sidecar.Restoring;

/// <summary>
/// The steps of a restore on one volume, each written into the journal before it is begun and each bearing to be begun again: whenever the process ends, the same request
/// goes on from there, and an undo turns back from there. Nothing but renames within one file system stands between the previous data and the restored.
/// </summary>
internal sealed class VolumeJournal(VolumePlace place)
{
    /// <summary>Hears of every change of the volume just before it is made; tests end the process there.</summary>
    internal Action<string> Reached { get; init; } = _ => { };

    /// <summary>Hears of every step that is taken up.</summary>
    internal Action<VolumeStep> Began { get; init; } = _ => { };

    /// <summary>What is known of this restore; null when its folder is not there.</summary>
    internal VolumeState? Find() => VolumeState.Read(place.State) is { } state ? state
        : VolumePlace.Entries(place.Previous).Count == 0 ? null
        : throw new JobFaultException(JobFault.VolumeTaken, $"The journal {place.State} is missing, and previous data lie beside its place. See docs/restore.md on doing it by hand.");

    /// <summary>
    /// Takes a volume to <see cref="VolumeStep.Switched"/>, from wherever it is. <paramref name="fill"/> puts the new data into an empty folder, whole and prepared, and returns their positions.
    /// </summary>
    internal async Task<VolumeState> RestoreAsync(VolumeState begin, Func<VolumeState, Task<BackupPositions?>> fill)
    {
        var state = Find();
        while (true)
        {
            if (state is not null)
                Began(state.Step);
            switch (state?.Step)
            {
                case null:
                    TakeUp(begin);
                    state = begin;
                    break;
                case VolumeStep.Deleting:
                    Remove(place.Data, VolumePlace.Entries(place.Data));
                    state = Note(state with { Step = VolumeStep.Downloading });
                    break;
                case VolumeStep.Downloading:
                    Empty(place.New);
                    var positions = await fill(state);
                    Posix.SyncAll(place.New);
                    state = Note(state with { Step = VolumeStep.Prepared, Positions = positions });
                    break;
                case VolumeStep.Prepared:
                    state = Note(state with { Step = state.PreviousGone ? VolumeStep.MovingIn : VolumeStep.MovingOut });
                    break;
                case VolumeStep.MovingOut:
                    MoveAll(place.Data, place.Previous);
                    state = Note(state with { Step = VolumeStep.MovingIn });
                    break;
                case VolumeStep.MovingIn:
                    MoveAll(place.New, place.Data);
                    state = Note(state with { Step = VolumeStep.Switched });
                    break;
                case VolumeStep.Switched when state is { Previous: PreviousData.DropAfterwards, PreviousGone: false }:
                    state = Note(state with { Step = VolumeStep.Dropping, PreviousGone = true });
                    break;
                case VolumeStep.Dropping:
                    RemoveFolder(place.Previous);
                    state = Note(state with { Step = VolumeStep.Switched });
                    break;
                case VolumeStep.Switched:
                    return state;
                case VolumeStep.Leaving:
                    Leave();
                    state = state.Leaves == VolumeHolds.Previous ? null : throw new JobFaultException(JobFault.InvalidRequest, "The restore was confirmed before; what it left was removed.");
                    break;
                default:
                    throw new JobFaultException(JobFault.VolumeTaken, "An undo of this restore was begun and is unfinished: ask for the undo again first.");
            }
        }
    }

    /// <summary>Puts the previous data back, from wherever it is. Returns null when nothing of this restore is on the volume.</summary>
    internal VolumeState? Undo()
    {
        var state = Find();
        if (state is null)
            Leave();
        while (state is not null)
        {
            Began(state.Step);
            switch (state.Step)
            {
                case VolumeStep.Leaving when state.Leaves == VolumeHolds.Previous:
                    Leave();
                    return state;
                case VolumeStep.Leaving or VolumeStep.Deleting or VolumeStep.Dropping:
                case var _ when state.PreviousGone:
                    throw new JobFaultException(JobFault.PreviousMissing, state.Step == VolumeStep.Leaving
                        ? "The restore was confirmed before, and the previous data with it removed: there is nothing to put back."
                        : $"The previous data were deleted, as the request said (previous: {state.Previous}): there is nothing to put back. Ask for the restore again, or restore another backup.");
                case VolumeStep.Downloading or VolumeStep.Prepared:
                    state = Note(state with { Step = VolumeStep.Leaving, Leaves = VolumeHolds.Previous });
                    break;
                case VolumeStep.MovingOut:
                    state = Note(state with { Step = VolumeStep.MovingBack });
                    break;
                case VolumeStep.MovingIn or VolumeStep.Switched:
                    state = Note(state with { Step = VolumeStep.Clearing });
                    break;
                case VolumeStep.Clearing:
                    MoveAll(place.Data, place.Undone, replaces: true);
                    state = Note(state with { Step = VolumeStep.MovingBack });
                    break;
                default:
                    MoveAll(place.Previous, place.Data);
                    state = Note(state with { Step = VolumeStep.Leaving, Leaves = VolumeHolds.Previous });
                    break;
            }
        }

        return null;
    }

    /// <summary>Removes the previous data and the restore's folder. Returns null when nothing of this restore is on the volume.</summary>
    internal VolumeState? Confirm()
    {
        var state = Find();
        switch (state?.Step)
        {
            case null:
                break;
            case VolumeStep.Switched or VolumeStep.Dropping:
                state = Note(state with { Step = VolumeStep.Leaving, PreviousGone = true, Leaves = state.Holds });
                break;
            case VolumeStep.Leaving when state.Leaves != VolumeHolds.Previous:
                break;
            default:
                throw new JobFaultException(JobFault.InvalidRequest, $"The restore is not done on this volume (it is at {state.Step}), so there is nothing to confirm. Ask for the restore again, or for its undo.");
        }

        Leave();
        return state;
    }

    /// <summary>Gives up what was downloaded by now, where the previous data are in their place: the volume is as it was.</summary>
    internal void GiveUp()
    {
        if (Find() is not { Step: VolumeStep.Downloading } state)
            return;
        if (state.IsUntouched)
            Undo();
        else
            Empty(place.New);
    }

    /// <summary>Removes the folder of a restore of which nothing is needed any more.</summary>
    internal void Tidy() => Leave();

    private void TakeUp(VolumeState begin)
    {
        Change("begin", () =>
        {
            Directory.CreateDirectory(place.Data);
            foreach (var folder in new[] { place.Shelf, place.Own })
                Directory.CreateDirectory(folder, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
            Posix.SyncFolder(place.Root);
            Posix.SyncFolder(place.Shelf);
        });
        Note(begin);
    }

    private VolumeState Note(VolumeState state)
    {
        Change($"note {state.Step}", () => state.Write(place.State));
        return state;
    }

    private void MoveAll(string from, string to, bool replaces = false)
    {
        Change($"folder {to}", () => Directory.CreateDirectory(to));
        foreach (var name in VolumePlace.Entries(from))
        {
            if (replaces && Path.Exists(Path.Combine(to, name)))
                Remove(to, [name]);
            Change($"move {name}", () => Rename(from, to, name));
        }

        Posix.SyncFolder(to);
        if (Directory.Exists(from))
            Posix.SyncFolder(from);
    }

    private static void Rename(string from, string to, string name)
    {
        try
        {
            Posix.Move(Path.Combine(from, name), Path.Combine(to, name));
        }
        catch (IOException trouble)
        {
            throw new JobFaultException(
                JobFault.VolumeBusy, $"'{name}' could not change places: {trouble.Message}. Something else writes to the volume; stop it, and look at docs/restore.md when it stays so.", trouble);
        }
    }

    private void Leave()
    {
        foreach (var folder in new[] { place.Previous, place.New, place.Undone })
            RemoveFolder(folder);

        // The journal goes last of what it tells of.
        foreach (var file in Directory.Exists(place.Own) ? Directory.GetFiles(place.Own).OrderBy(file => file == place.State).ToList() : [])
            Change($"delete {Path.GetFileName(file)}", () => File.Delete(file));
        foreach (var folder in new[] { place.Own, place.Shelf })
        {
            if (Directory.Exists(folder) && !Directory.EnumerateFileSystemEntries(folder).Any())
                Change($"delete {folder}", () => Directory.Delete(folder));
        }

        Posix.SyncFolder(place.Root);
    }

    private void Empty(string folder)
    {
        RemoveFolder(folder);
        Change($"folder {folder}", () => Directory.CreateDirectory(folder));
    }

    private void RemoveFolder(string folder)
    {
        if (!Directory.Exists(folder))
            return;
        Remove(folder, [.. new DirectoryInfo(folder).EnumerateFileSystemInfos().Select(entry => entry.Name)]);
        Change($"delete {folder}", () => Directory.Delete(folder));
    }

    private void Remove(string folder, IReadOnlyList<string> names)
    {
        foreach (var name in names)
        {
            var path = Path.Combine(folder, name);
            Change($"delete {name}", () =>
            {
                if (new FileInfo(path).LinkTarget is null && Directory.Exists(path))
                    Directory.Delete(path, recursive: true);
                else
                    File.Delete(path);
            });
        }
    }

    private void Change(string what, Action change)
    {
        Reached(what);
        change();
    }
}
