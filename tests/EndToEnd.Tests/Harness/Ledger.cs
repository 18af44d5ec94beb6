using System.Globalization;

namespace ControlPlane.EndToEnd.Tests.Harness;

/// <summary>Which rows of the write load a backup must hold, and that the others are there as they were; asked of the primary it was taken from, before anything is restored into it.</summary>
internal sealed record Ledger(long Committed, long Written, string Rows, string Orders)
{
    private const string AllOrders = "select count(*), sum(crc32(concat_ws('|', id, customer, note))) from shop.orders";

    /// <summary>What a backup must hold that was taken while rows were written: all that were committed before its position, and none after.</summary>
    internal static async Task<Ledger> OfAsync(Shop shop, BackupView backup)
    {
        var position = long.Parse(((string)backup.Status!["gtidExecuted"]!).Split('-')[^1], CultureInfo.InvariantCulture);

        // A row's own GTID stands in the row after it: all rows whose successor names one at or before the position were committed by then.
        var committed = await NumberAsync(shop, $"select max(seq) - 1 from shop.ledger where cast(substring_index(previous_gtid, '-', -1) as unsigned) <= {position}");
        var ledger = await AtAsync(shop, committed);
        Assert.InRange(committed, 100, ledger.Written - 1);
        return ledger;
    }

    /// <summary>What is there now: all of it must be there still, when nothing was restored in the end.</summary>
    internal static async Task<Ledger> NowAsync(Shop shop) => await AtAsync(shop, await NumberAsync(shop, "select max(seq) from shop.ledger"));

    /// <summary>A server holds exactly these rows.</summary>
    internal async Task IsAllOfAsync(Func<string, Task<string>> ask)
    {
        Assert.Equal(Committed.ToString(CultureInfo.InvariantCulture), await ask("select max(seq) from shop.ledger"));
        await IsInAsync(ask);
    }

    /// <summary>A server holds these rows, and those that were written after them without a gap.</summary>
    internal async Task IsInAsync(Func<string, Task<string>> ask)
    {
        Assert.Equal("1", await ask("select count(*) = max(seq) from shop.ledger"));
        Assert.Equal(Rows, await ask(RowsUpTo(Committed)));
        Assert.Equal(Orders, await ask(AllOrders));
    }

    private static async Task<Ledger> AtAsync(Shop shop, long last) =>
        new(last, await NumberAsync(shop, "select max(seq) from shop.ledger"), await shop.Database.AskAsync(Shop.Primary, RowsUpTo(last)), await shop.Database.AskAsync(Shop.Primary, AllOrders));

    private static string RowsUpTo(long last) =>
        $"select count(*), min(seq), max(seq), sum(crc32(concat_ws('|', seq, unix_timestamp(at), previous_gtid, note))) from shop.ledger where seq <= {last}";

    private static async Task<long> NumberAsync(Shop shop, string sql) => long.Parse(await shop.Database.AskAsync(Shop.Primary, sql), CultureInfo.InvariantCulture);
}
