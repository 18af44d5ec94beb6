using System.Globalization;
using ControlPlane.EndToEnd.Tests.Harness;

namespace ControlPlane.EndToEnd.Tests;

/// <summary>What one scheduled backup costs the API server, by its audit log: <c>./dev fleet *Requests*</c>. Nothing else goes on.</summary>
[Collection(Alone.Name)]
public sealed class RequestTests(Plane plane, ITestOutputHelper output) : IAsyncLifetime
{
    private const int Backups = 5;
    private const int Goal = 20;

    // What is told once it is done, and what follows from it.
    private static readonly TimeSpan Aftermath = TimeSpan.FromSeconds(5);

    private Shop shop = null!;

    public async ValueTask InitializeAsync() => shop = await plane.Shops.TakeAsync();

    public ValueTask DisposeAsync()
    {
        if (shop is not null)
            plane.Shops.GiveBack(shop);
        return ValueTask.CompletedTask;
    }

    [Fact(Explicit = true)]
    public async Task Requests_OfAScheduledBackup_AreAtMostTwenty()
    {
        var schedule = await MinutelySchedule.BeginAsync(shop, "requests");
        await schedule.SuspendAfterAsync(schedule.First + TimeSpan.FromMinutes(Backups - 1));
        await schedule.EndWellAsync();
        var spans = (await schedule.LookAsync())
            .Select(backup => (Due: Time(backup["metadata"]!["annotations"]!["backup.controlplane/due"]), Done: Time(backup["status"]!["completed"]) + Aftermath)).OrderBy(span => span.Due).ToList();
        Assert.Equal(Backups, spans.Count);

        var all = await AuditLog.ReadAsync(plane.Cluster.Environment, spans[0].Due, spans[^1].Done);
        var counted = all.Where(request => spans.Any(span => request.At >= span.Due && request.At <= span.Done)).ToList();
        foreach (var (what, number) in counted.CountBy(request => $"{request.Who,-7} {request.Verb,-7} {request.Resource}{(request.Code is >= 200 and < 300 ? "" : $" ({request.Code})")}").OrderByDescending(group => group.Value))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(double)number / Backups,6:F1}  {what}"));
        var each = spans.Select(span => all.Count(request => request.At >= span.Due && request.At <= span.Done)).ToList();
        var seconds = spans.Average(span => (span.Done - span.Due).TotalSeconds);
        var between = all.Count - counted.Count;
        output.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{Backups} backups of {seconds:F0} s, the {Aftermath.TotalSeconds:F0} s after them included: {string.Join(", ", each)} requests; in between {between} in {(spans[^1].Done - spans[0].Due).TotalSeconds - (seconds * Backups):F0} s"));
        foreach (var request in all.Where(request => request.At >= spans[^1].Due))
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"  {(request.At - spans[^1].Due).TotalSeconds,5:F1} s {request.Who,-7} {request.Verb,-7} {request.Resource} {request.Name} {request.Code}"));
        await schedule.RemoveAsync();
        Assert.All(each, count => Assert.InRange(count, 1, Goal));
    }

    private static DateTimeOffset Time(System.Text.Json.Nodes.JsonNode? text) => DateTimeOffset.Parse((string)text!, CultureInfo.InvariantCulture);
}
