using System.Globalization;
using ControlPlane.Protocol;
using ControlPlane.Storage;

namespace ControlPlane.Sidecar.Runner.Sweeping;

/// <summary>Counts what a sweep finds and does. Bounded, however much that is.</summary>
internal sealed class SweepTally(bool onlyReports)
{
    private const int MostUploads = 10_000;

    private readonly HashSet<UnfinishedUpload> uploads = [];
    private readonly List<string> strangerKeys = [];
    private readonly List<string> damagedBackups = [];
    private long strangers;
    private int damaged;
    private long bytes;

    internal int Backups { get; set; }

    internal long Left { get; set; }

    internal int UploadsGivenUp { get; set; }

    internal long ObjectsRemoved { get; private set; }

    /// <summary>The first removal that the store refused; what comes after it was tried all the same.</summary>
    internal ObjectStoreException? Refusal { get; set; }

    /// <summary>Whether an upload is met for the first time: a request that is tried again shows it twice.</summary>
    internal bool IsNew(UnfinishedUpload upload) => uploads.Count < MostUploads && uploads.Add(upload);

    internal void Stranger(string key)
    {
        strangers++;
        Name(strangerKeys, key);
    }

    internal void Damaged(string folder)
    {
        damaged++;
        Name(damagedBackups, folder);
    }

    internal void Removed(int objects, long size)
    {
        ObjectsRemoved += objects;
        bytes += size;
    }

    internal SweepSummary Summary() => new()
    {
        Backups = Backups,
        BytesRemoved = bytes,
        UploadsGivenUp = UploadsGivenUp,
        Left = Left,
        Strangers = strangers,
        StrangerKeys = strangerKeys,
        Damaged = damaged,
        DamagedBackups = damagedBackups,
        OnlyReported = onlyReports,
    };

    /// <summary>The same in a sentence.</summary>
    internal string Words() => string.Create(
        CultureInfo.InvariantCulture,
        $"{(onlyReports ? "Would remove" : "Removed")} {ObjectsRemoved} objects of {bytes} bytes and {UploadsGivenUp} unfinished uploads beside {Backups} backups; {damaged} backups are damaged, {strangers} objects are strangers.");

    private static void Name(List<string> names, string name)
    {
        if (names.Count < SweepSummary.MaximumNames)
            names.Add(name.Length <= SweepSummary.MaximumNameLength ? name : name[..(SweepSummary.MaximumNameLength - 1)] + "…");
    }
}
