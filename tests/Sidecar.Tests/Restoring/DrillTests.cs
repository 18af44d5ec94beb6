using ControlPlane.Protocol;
using ControlPlane.Sidecar.Restoring;

namespace ControlPlane.Sidecar.Tests.Restoring;

/// <summary>The real tool and the real server on a real backup.</summary>
[Collection(nameof(RealBackup))]
public sealed class DrillTests(RealBackup made) : IDisposable
{
    private const string Sum = "SELECT COUNT(*), MIN(id), NULL FROM shop.ledger";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("drill-");

    public void Dispose()
    {
        made.Road.SpoilDrill = null;
        made.Road.KeyFolder = "keys";
        folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Drill_OfAGoodBackup_ProvesIt()
    {
        var report = await RunAsync(new DrillRequest { Queries = [new() { Query = Sum, Expected = "5000\t1\tNULL" }, new() { Query = "SELECT word FROM shop.old WHERE id = 255" }] });

        Assert.True(report.Fault is null, report.Message);
        var drill = report.Drill!;
        Assert.Equal((0, 2, made.Backup.Positions.GtidExecuted, drill.Tables), (drill.Faults, drill.QueriesPassed, drill.GtidExecuted, drill.TablesChecked));
        Assert.InRange(drill.Rows, 59_400 + 5000 + 1000, 100_000);
        Assert.StartsWith("10.", drill.ServerVersion, StringComparison.Ordinal);
        Assert.True(drill is { DownloadSeconds: > 0, PrepareSeconds: > 0, StartSeconds: > 0, CheckSeconds: > 0 } && drill.BytesOfData > drill.BytesDownloaded, $"{drill}");
        Assert.False(File.Exists(Path.Combine(folder.FullName, "drill/run/pid")), "The server still runs.");
    }

    [Fact]
    public async Task Drill_WhoseQueriesFail_SaysWhichAndNotWhatTheyFound()
    {
        var report = await RunAsync(new DrillRequest
        {
            TablesChecked = 2,
            CountsRows = false,
            Queries = [new() { Query = Sum, Expected = "canary-4999" }, new() { Query = "SELECT 1 FROM shop.canary" }, new() { Query = "DELETE FROM shop.ledger" }],
        });

        Assert.Equal((JobFault.DrillFailed, 3, 0, 2, 0L), (report.Fault, report.Drill!.Faults, report.Drill.QueriesPassed, report.Drill.TablesChecked, report.Drill.Rows));
        Assert.All(report.Drill.Findings.Index(), finding => Assert.StartsWith($"Query {finding.Index + 1}", finding.Item, StringComparison.Ordinal));
        Assert.DoesNotContain(report.Drill.Findings, finding => finding.Contains("canary", StringComparison.Ordinal) || finding.Contains("5000", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Drill_OfABackupWithACorruptTable_NamesIt()
    {
        made.Road.SpoilDrill = data =>
        {
            using var table = File.OpenWrite(Path.Combine(data, "shop/orders.ibd"));
            table.Position = (table.Length / 16384 / 2 * 16384) + 200;
            table.Write(new byte[64]);
        };

        var report = await RunAsync(new DrillRequest());

        Assert.Equal(JobFault.DrillFailed, report.Fault);
        Assert.True(report.Drill!.Findings.Any(finding => finding.Contains("shop", StringComparison.Ordinal) && finding.Contains("orders", StringComparison.Ordinal)), string.Join('\n', report.Drill.Findings));
    }

    [Fact]
    public async Task Drill_WithoutItsKey_IsRefusedBeforeAByteHasCome()
    {
        made.Road.KeyFolder = "empty";

        var report = await RunAsync(new DrillRequest());

        Assert.Equal((JobFault.SecretMissing, null), (report.Fault, report.Drill));
    }

    [Fact]
    public void Choose_OfManyTables_TakesTheLargestAndOthersInTurn()
    {
        DrillTable[] tables = [.. Enumerable.Range(1, 40).Select(index => new DrillTable("shop", $"t{index:D2}", index))];

        Assert.Equal(tables, DrillChecks.Choose(tables, 0, "u1"));
        var first = DrillChecks.Choose(tables, 6, "u1");
        Assert.Equal(["shop.t40", "shop.t39", "shop.t38"], first.Take(3).Select(table => table.Name));
        Assert.Equal((6, 6), (first.Count, first.Distinct().Count()));
        Assert.Equal(tables.Length, Enumerable.Range(0, 200).SelectMany(uid => DrillChecks.Choose(tables, 6, $"u{uid}")).Distinct().Count());
    }

    private async Task<JobReport> RunAsync(DrillRequest drill)
    {
        made.Road.DataVolume = folder.FullName;
        var request = made.Request(JobOperation.Drill);
        return (await made.Road.RunAsync(request with { Restore = request.Restore! with { Volume = null, Drill = drill } })).Report;
    }
}
