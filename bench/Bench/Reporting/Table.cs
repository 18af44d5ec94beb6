namespace ControlPlane.Bench.Reporting;

/// <summary>A table in Markdown, its columns aligned for the terminal too.</summary>
internal sealed class Table(params string[] columns)
{
    private readonly List<string[]> rows = [];

    internal void Add(params string[] cells) => rows.Add(cells);

    internal void Print()
    {
        var widths = columns.Select((column, index) => rows.Select(row => row[index].Length).Append(column.Length).Max()).ToArray();
        PrintRow(columns, widths);
        Console.WriteLine($"|{string.Join('|', widths.Select((width, index) => index == 0 ? new string('-', width + 2) : new string('-', width + 1) + ":"))}|");
        foreach (var row in rows)
            PrintRow(row, widths);
        Console.WriteLine();
    }

    private static void PrintRow(string[] cells, int[] widths) =>
        Console.WriteLine($"| {string.Join(" | ", cells.Select((cell, index) => index == 0 ? cell.PadRight(widths[index]) : cell.PadLeft(widths[index])))} |");
}

/// <summary>Order statistics of a few samples.</summary>
internal static class Order
{
    internal static double Median(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        return sorted.Length % 2 == 1 ? sorted[sorted.Length / 2] : (sorted[(sorted.Length / 2) - 1] + sorted[sorted.Length / 2]) / 2;
    }

    /// <summary>The smallest value that so great a share of the samples does not exceed.</summary>
    internal static double Quantile(IEnumerable<double> values, double share)
    {
        var sorted = values.Order().ToArray();
        return sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];
    }
}
