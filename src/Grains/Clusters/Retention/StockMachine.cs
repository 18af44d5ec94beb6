using ControlPlane.Abstractions.Clusters;
using ControlPlane.Protocol;

namespace ControlPlane.Grains.Clusters.Retention;

/// <summary>What the catalogue says of a storage, and what is made of a comparison with it. Pure.</summary>
internal static class StockMachine
{
    /// <summary>
    /// What ended so shortly before is not looked for. All that is has been read back from the store already, by name, before it counted; this is
    /// for a store whose parts need a moment to agree.
    /// </summary>
    public static readonly TimeSpan Settled = TimeSpan.FromMinutes(1);

    /// <summary>The next part of the catalogue, in the order of the folders.</summary>
    public static StockRequest Describe(RetentionState state, StockInquiry inquiry)
    {
        var order = Comparer<string>.Create(StockRequest.Order);
        var there = state.Entries.Where(entry => entry.Storage == inquiry.Storage && StockRequest.Order(entry.Folder.ToString(), inquiry.After) > 0)
            .OrderBy(entry => entry.Folder.ToString(), order).Take(StockRequest.MaximumFolders + 1).ToList();
        var part = there.Take(StockRequest.MaximumFolders).ToList();
        return new()
        {
            After = inquiry.After,
            Until = there.Count > part.Count ? part[^1].Folder.ToString() : null,
            Expected = [.. part.Where(entry => IsExpected(entry, inquiry)).Select(entry => entry.Folder.ToString())],
            Others = [.. part.Where(entry => !IsExpected(entry, inquiry)).Select(entry => entry.Folder.ToString())],
        };
    }

    /// <summary>The backups whose data was missed and is there, or was there and is missed.</summary>
    public static IEnumerable<CatalogueEntry> Changed(RetentionState state, StockFindings findings)
    {
        var missing = findings.Missing.ToHashSet(StringComparer.Ordinal);
        return from entry in state.Entries
               where entry.Storage == findings.Inquiry.Storage && IsExpected(entry, findings.Inquiry)
               let folder = entry.Folder.ToString()
               where StockRequest.Order(folder, findings.Inquiry.After) > 0 && (findings.Until is not { } until || StockRequest.Order(folder, until) <= 0)
               where entry.Missing != missing.Contains(folder)
               select entry;
    }

    private static bool IsExpected(CatalogueEntry entry, StockInquiry inquiry) =>
        entry is { Good: true, Stored: true, Expired: false, Removed: false } && entry.Place == inquiry.Place && entry.Completed < inquiry.Before;
}
