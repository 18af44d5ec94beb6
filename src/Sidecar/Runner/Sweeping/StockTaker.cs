using System.Text;
using ControlPlane.Protocol;

namespace ControlPlane.Sidecar.Runner.Sweeping;

/// <summary>
/// Compares the folders of a listing, as they come in the order of their keys, with those that resources describe. Bounded by what a report may
/// hold: when that is full, it says after which folder to go on.
/// </summary>
internal sealed class StockTaker
{
    private const int MostNewest = 10;

    private readonly StockRequest request;
    private readonly Queue<string> expected;
    private readonly HashSet<string> known;
    private readonly List<StoredBackup> offers = [];
    private readonly List<string> missing = [];
    private int offered;
    private int offerBytes;
    private int missingBytes;
    private string last;

    internal StockTaker(StockRequest request)
    {
        this.request = request;
        last = request.After;
        known = [.. request.Expected, .. request.Others];
        expected = new(request.Expected.Where(IsInRange).Distinct().Order(Comparer<string>.Create(StockRequest.Order)));
    }

    /// <summary>Whether the report holds no more.</summary>
    internal bool IsFull { get; private set; }

    /// <summary>The next one that is expected before a folder of the listing, or at all; null when there is none.</summary>
    internal string? Before(string? folder) =>
        !IsFull && expected.TryPeek(out var next) && (folder is null || StockRequest.Order(next, folder) < 0) ? next : null;

    /// <summary>Whether a folder of the listing is expected; asked once all that are expected before it are settled.</summary>
    internal bool Expects(string folder) => !IsFull && expected.TryPeek(out var next) && next == folder;

    /// <summary>What a look by its name said of one that is expected.</summary>
    internal void Settle(string folder, bool isThere)
    {
        var bytes = Encoding.UTF8.GetByteCount(folder) + 3;
        if (!isThere && missing.Count > 0 && missingBytes + bytes > StockSummary.MaximumBytes)
        {
            IsFull = true;
            return;
        }

        expected.Dequeue();
        last = folder;
        if (isThere)
            return;
        missing.Add(folder);
        missingBytes += bytes;
    }

    /// <summary>A whole backup was met that is not expected.</summary>
    internal void Meet(StoredBackup backup)
    {
        if (IsFull || known.Contains(backup.Folder) || !IsInRange(backup.Folder))
            return;
        if (request.Pages)
        {
            var named = backup with { Completed = null, SizeBytes = null };
            if (offers.Count > 0 && offerBytes + named.Bytes() > StockSummary.MaximumBytesOfAPage)
            {
                IsFull = true;
                return;
            }

            offers.Add(named);
            offerBytes += named.Bytes();
        }
        else
        {
            offers.Add(backup);
            if (offers.Count > MostNewest)
                offers.Remove(offers.MinBy(one => one.Completed)!);
        }

        offered++;
        last = backup.Folder;
    }

    internal StockSummary Summary() => new()
    {
        Offered = offered,
        Offers = request.Pages ? offers : Newest(),
        Missing = missing,
        Next = IsFull ? last : request.Until,
    };

    private List<StoredBackup> Newest()
    {
        var newest = offers.OrderByDescending(one => one.Completed).ThenBy(one => one.Folder, StringComparer.Ordinal).ToList();
        while (newest.Count > 1 && newest.Sum(one => one.Bytes()) > StockSummary.MaximumBytes)
            newest.RemoveAt(newest.Count - 1);
        return newest;
    }

    private bool IsInRange(string folder) =>
        StockRequest.Order(folder, request.After) > 0 && (request.Until is not { } until || StockRequest.Order(folder, until) <= 0);
}
